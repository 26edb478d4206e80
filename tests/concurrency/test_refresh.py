"""One secret in many hands at the same moment."""

import pytest

from clinic import tokens
from clinic.access import Role
from clinic.models import ApiSignIn, RefreshToken, User
from tests.api import client_of
from tests.concurrency.crowd import faults, rush, statuses
from tests.factories import clinic as people

MANY = 50


@pytest.fixture
def pair(clinic):
    sara = people.user(Role.RECEPTION, clinic=clinic)
    return tokens.begin_sign_in(user=User.objects.get(pk=sara.pk))


def use(token):
    return client_of().post("/api/v1/auth/refresh", {"refresh_token": token})


def test_fifty_uses_of_one_refresh_token_give_one_pair_and_end_the_family(pair):
    outcomes = rush(MANY, lambda number: use(pair.refresh_token))
    assert statuses(outcomes) == {200: 1, 401: MANY - 1}, faults(outcomes)
    assert RefreshToken.objects.count() == 2
    assert ApiSignIn.objects.get().end == ApiSignIn.End.REUSED
    [winner] = [outcome for outcome in outcomes if outcome.status_code == 200]
    assert use(winner.json()["refresh_token"]).status_code == 401


def test_fifty_families_renew_at_once(pair):
    pairs = [tokens.begin_sign_in(user=User.objects.get(pk=pair.user.pk)) for _number in range(MANY)]
    outcomes = rush(MANY, lambda number: use(pairs[number].refresh_token))
    assert statuses(outcomes) == {200: MANY}, faults(outcomes)


def test_a_ticket_opens_one_of_many_doors(pair):
    _row, ticket = tokens.issue_ticket(sign_in_id=ApiSignIn.objects.get().pk, by=pair.user)
    taken = rush(16, lambda number: tokens.take_ticket(ticket))
    assert sorted(taken, key=bool) == [None] * 15 + [ApiSignIn.objects.get().pk]


def test_renewing_while_the_account_is_closed_leaves_nothing_alive(pair, clinic):
    from clinic.operations import disable_user

    manager = people.user(Role.MANAGER, clinic=clinic)

    def act(number):
        return (
            disable_user(user=pair.user, by=manager) if number == 5 else tokens.renew(refresh_token=pair.refresh_token)
        )

    rush(10, act)
    assert ApiSignIn.objects.alive().count() == 0
