"""In which language programs are answered, and that finding it out costs no question of its own."""

import pytest

from clinic.access import Role
from tests.api import client_of
from tests.factories import clinic as people

pytestmark = pytest.mark.django_db
REFUSED = "/api/v1/users/"  # not for the desk, so that the answer is a sentence


@pytest.mark.parametrize(
    ("of_clinic", "of_user", "accepted", "answered"),
    [
        ("ar", "", None, "ar"),
        ("en", "ar", None, "ar"),
        ("ar", "ar", "en", "en"),
        ("en", "", "ar", "ar"),
    ],
)
def test_accepted_before_the_accounts_before_the_clinics(of_clinic, of_user, accepted, answered):
    house = people.clinic(language=of_clinic)
    api = client_of(people.user(Role.RECEPTION, clinic=house, language=of_user))
    answer = api.get(REFUSED, headers={"Accept-Language": accepted} if accepted else {})
    assert (answer.status_code, answer["Content-Language"]) == (403, answered)
    assert (answer.json()["detail"] == "Your role may not do this.") is (answered == "en")


def test_an_answer_that_finds_nothing_asks_twice(django_assert_num_queries):
    api = client_of(people.user(Role.RECEPTION, clinic=people.clinic()))
    with django_assert_num_queries(2):  # whose token it is, and how many there are
        assert api.get("/api/v1/departments/", {"q": "nothing is called so"}).json()["count"] == 0
