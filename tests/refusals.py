"""How a test hears an operation say no; each fails when the operation says yes."""

import pytest

from clinic.errors import Refused


def refusal(function, **arguments):
    """The refusal of a call."""
    with pytest.raises(Refused) as caught:
        function(**arguments)
    return caught.value


def refusal_code(function, **arguments):
    """The code of the refusal of a call."""
    return refusal(function, **arguments).code


def refused(code, function, **arguments):
    """The refusal of a call, which must have this code."""
    said = refusal(function, **arguments)
    assert said.code == code
    return said
