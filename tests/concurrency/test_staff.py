"""Managers who act at the same moment: one stays, and a name is given once."""

from clinic import operations, staffing
from clinic.access import Role
from clinic.models import Department, User
from tests.concurrency.crowd import rush, tally
from tests.factories import clinic as people


def test_two_managers_never_remove_each_other(clinic):
    first, second = (people.user(Role.MANAGER, clinic=clinic) for _number in range(2))

    def remove(number):
        by, other = (first, second) if number % 2 else (second, first)
        return operations.disable_user(user=other, by=by)

    outcomes = tally(rush(8, remove))
    managers = User.objects.filter(is_active=True, groups__name=Role.MANAGER.value)
    assert (managers.count(), set(outcomes)) == (1, {"ok", "last_manager"})


def test_one_department_is_made_of_one_name(clinic):
    boss = people.user(Role.MANAGER, clinic=clinic)
    outcomes = rush(8, lambda number: staffing.add_department(name="Heart" if number % 2 else "HEART", by=boss))
    assert tally(outcomes) == {"ok": 1, "department_exists": 7}
    assert Department.objects.count() == 1


def test_one_account_is_made_of_one_name(clinic):
    boss = people.user(Role.MANAGER, clinic=clinic)

    def hire(number):
        name = "noor" if number % 2 else "NOOR"
        return staffing.hire(clinic=clinic, by=boss, username=name, name="Noor", roles={Role.NURSE})

    assert tally(rush(8, hire)) == {"ok": 1, "username_taken": 7}
    assert User.objects.filter(username__iexact="noor").count() == 1
