"""Medicine against allergies and the rest of the prescription, as a table."""

import pytest

from pharmacy.safety import KnownAllergy, Substance, check

AMOXICILLIN = Substance("amoxicillin", "amoxicillin", frozenset({"amoxicillin", "penicillins", "beta-lactams"}))
IBUPROFEN = Substance("ibuprofen", "ibuprofen", frozenset({"ibuprofen", "nsaids"}))


@pytest.mark.parametrize(
    ("substances", "allergies", "others", "expected"),
    [
        ([AMOXICILLIN], [], [], []),
        (
            [AMOXICILLIN],
            [KnownAllergy("penicillin", "penicillins", "anaphylaxis", "severe")],
            [],
            [("allergy", "stop")],
        ),
        ([AMOXICILLIN], [KnownAllergy("amoxicillin", "amoxicillin")], [], [("allergy", "stop")]),
        ([AMOXICILLIN], [KnownAllergy("penicillin", "penicillins", "rash", "mild")], [], [("allergy", "ask")]),
        (
            [AMOXICILLIN],
            [KnownAllergy("penicillin", "penicillins", "nausea", "severe", "intolerance")],
            [],
            [("allergy", "ask")],
        ),
        ([IBUPROFEN], [KnownAllergy("penicillin", "penicillins", "", "severe")], [], []),
        ([IBUPROFEN], [KnownAllergy("some red pill")], [], [("free_text_allergy", "note")]),
        ([IBUPROFEN], [], [("ibuprofen 400 mg", [IBUPROFEN])], [("duplicate", "stop")]),
        ([], [], [], [("unchecked", "ask")]),
        (None, [KnownAllergy("penicillin", "penicillins")], [], [("unchecked", "ask")]),
    ],
)
def test_what_speaks_against_a_medicine(substances, allergies, others, expected):
    found = check(substances, allergies=allergies, others=others)
    assert [(alert.kind, alert.level) for alert in found] == expected


def test_the_gravest_comes_first():
    found = check([AMOXICILLIN], allergies=[KnownAllergy("x"), KnownAllergy("penicillin", "penicillins")], others=[])
    assert [alert.level for alert in found] == ["stop", "note"]
