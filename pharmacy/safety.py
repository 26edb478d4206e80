"""What speaks against a medicine for a patient. Pure: plain records in, alerts out.

Allergies are compared by ingredient and by every class above it; what is recorded as free text cannot be compared and
says so. Severity decides: stop (a severe or not graded allergy, the same ingredient twice: nobody signs before the line
is taken off or a reason is given), ask (moderate or mild allergy, intolerance: one key accepts it), note (it is read).
"""

from dataclasses import dataclass, field

STOP, ASK, NOTE = "stop", "ask", "note"


@dataclass(frozen=True)
class Substance:
    """An ingredient with the codes of itself and of every class above it."""

    code: str
    name: str
    codes: frozenset


@dataclass(frozen=True)
class KnownAllergy:
    """An active allergy of the patient; an empty code is free text."""

    substance: str
    code: str = ""
    reaction: str = ""
    severity: str = "unknown"
    kind: str = "allergy"


@dataclass(frozen=True)
class Taken:
    """A medicine of another signed prescription whose days are not over: its name, what it is made of, the day (ISO)."""

    name: str
    substances: tuple
    day: str
    same_visit: bool


@dataclass(frozen=True)
class Alert:
    """One warning. `facts` holds the names that its sentence needs."""

    kind: str
    level: str
    facts: dict = field(default_factory=dict)

    @property
    def needs_reason(self):
        """True when the medicine can be kept only with a reason."""
        return self.level == STOP


def check(substances, *, allergies, others, taken=(), is_controlled=False):
    """Alerts for a medicine made of `substances`, most serious first.

    `others` is a list of (medicine name, substances) already on the prescription, `taken` of Taken: the same ingredient
    again stops on the same visit, and is only said of an earlier one, since a course is renewed before it runs out.
    `substances=None` means that the medicine's ingredients are not recorded: the check could not run, and that is said.
    """
    found = []
    if not substances:
        found.append(Alert("unchecked", ASK))
    for allergy in allergies:
        found.extend(_against(allergy, substances or ()))
    for other, theirs in others:
        if shared := _shared(substances, theirs):
            found.append(Alert("duplicate", STOP, {"ingredient": shared, "other": other}))
    for row in taken:
        if shared := _shared(substances, row.substances):
            facts = {"ingredient": shared, "other": row.name, "day": row.day}
            found.append(Alert("duplicate", STOP if row.same_visit else ASK, facts))
    if is_controlled:
        found.append(Alert("controlled", NOTE))
    return sorted(found, key=lambda alert: (STOP, ASK, NOTE).index(alert.level))


def _shared(substances, theirs):
    """The name of the first ingredient that both are made of, else None."""
    codes = {substance.code for substance in theirs}
    return next((substance.name for substance in substances or () if substance.code in codes), None)


def _against(allergy, substances):
    if not allergy.code:
        return [Alert("free_text_allergy", NOTE, {"substance": allergy.substance})]
    for substance in substances:
        if allergy.code in substance.codes:
            grave = allergy.kind == "allergy" and allergy.severity in ("severe", "unknown")
            facts = {
                "substance": allergy.substance,
                "reaction": allergy.reaction,
                "ingredient": substance.name,
                "same": allergy.code == substance.code,
                # Yes or no: the words of a fact are part of the name by which the alert is known in the log.
                "severe": allergy.severity == "severe",
            }
            return [Alert("allergy", STOP if grave else ASK, facts)]
    return []
