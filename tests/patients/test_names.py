"""The same name in many spellings and two scripts has one key by sound."""

import pytest

from clinic.text import fold, sound_keys, words
from patients.names import search_fields

GROUPS = [
    "Mohamed/Muhammad/Mohammed/محمد",
    "Layla/Leila/Laila/ليلى",
    "Yusuf/Youssef/Yousef/يوسف",
    "Khaled/Khalid/خالد",
    "Hussein/Hussain/Husayn/حسين",
    "Abdulrahman/Abdul Rahman/Abdelrahman/Abd al-Rahman/عبد الرحمن/عبدالرحمن",
    "Fatima/Fatma/Fatimah/فاطمة",
    "Aisha/Aysha/Ayesha/عائشة",
    "Omar/Umar/عمر",
    "Noor/Nour/Nur/نور",
    "Ahmad/Ahmed/أحمد",
    "Ibrahim/Ebrahim/إبراهيم",
    "Maryam/Mariam/مريم",
    "Zaynab/Zeinab/Zainab/زينب",
    "Mustafa/Moustafa/Mostafa/مصطفى",
    "Abdullah/Abdallah/عبد الله/عبدالله",
    "Abdul Latif/Abdullatif/عبد اللطيف/عبداللطيف",
    "Jamal/Gamal/جمال",
    "Saleh/Salih/صالح",
    "Osman/Othman/عثمان",
    "Qasim/Kassem/قاسم",
    "Al-Hassan/El Hassan/الحسن",
]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.split("/")[0])
def test_spellings_of_one_name_share_a_key(group):
    keys = {tuple(sound_keys(name)) for name in group.split("/")}
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [("Layla", "Ali"), ("Omar", "Noor"), ("Hassan", "Hamdan"), ("Khaled", "Walid"), ("Maryam", "Karim")],
)
def test_different_names_keep_different_keys(first, second):
    assert sound_keys(first) != sound_keys(second)


def test_fold_drops_marks_and_unifies_letters():
    assert fold("  أَحْمَد  إبراهيـــم ٤٥ ") == "احمد ابراهيم 45"
    assert fold("Zoë O'Brien-Şahin") == "zoe o brien sahin"


def test_words_leave_particles_and_article_out():
    assert words("Layla bint Omar al-Hassan") == ["layla", "omar", "hassan"]
    assert words("ليلى بنت عمر الحسن") == ["ليلي", "عمر", "حسن"]


def test_a_name_of_particles_only_keeps_its_words():
    assert words("Abu Bin") == ["abu", "bin"]


def test_search_fields_hold_both_scripts_and_the_parts_of_joined_names():
    found = search_fields("Abd al-Rahman Farah", "عبد الرحمن فرح")
    assert {"abd", "rahman", "farah", "عبد", "رحمن", "الرحمن", "فرح"} <= set(found["name_words"])
    assert {"bdlrhmn", "rhmn", "fr"} <= set(found["sound_keys"])
    assert found["name_folded"] == "abd al rahman farah عبد الرحمن فرح"
