"""The one way in which an operation says no."""


class Refused(Exception):  # noqa: N818 - it is an answer, not an error
    """An operation's refusal, in words the person at the counter understands.

    `message` is translated text, `code` a stable name for programs ("slot_taken"), `field` the form field it
    belongs to, `alternatives` what could be done instead (for example free slots), `status` the HTTP status.
    """

    def __init__(self, message, code, *, field=None, alternatives=(), status=409):
        super().__init__(str(message))
        self.message = message
        self.code = code
        self.field = field
        self.alternatives = list(alternatives)
        self.status = status
