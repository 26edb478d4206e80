"""Whose session or token it is: the question put together once answers as Django's own would."""

import pytest

from clinic import tokens
from clinic.access import Role
from clinic.backends import StaffBackend
from clinic.models import ApiSignIn, Clinic, User
from tests.factories import clinic as make

pytestmark = pytest.mark.django_db


def columns(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_every_column_and_role_is_in_its_place(django_assert_num_queries):
    user = make.user(Role.NURSE, Role.MANAGER, clinic=make.clinic(), name_other_script="منى")
    with django_assert_num_queries(1):
        found = StaffBackend().get_user(user.pk)
        said = columns(found), columns(found.clinic), found.roles
    clinic = Clinic.objects.get(pk=user.clinic_id)
    assert said == (columns(User.objects.get(pk=user.pk)), columns(clinic), {Role.NURSE, Role.MANAGER})


def test_an_account_without_clinic_or_role():
    found = StaffBackend().get_user(User.objects.create(username="nobody").pk)
    assert (found.clinic, found.roles) == (None, frozenset())


def test_who_is_not_there_or_closed_is_nobody():
    closed = User.objects.create(username="closed", is_active=False)
    assert [StaffBackend().get_user(pk) for pk in (closed.pk, 0, 10**30)] == [None, None, None]


def test_a_sign_in_counts_for_its_own_account_while_it_lives():
    first, second = (make.user(Role.NURSE, clinic=make.clinic()) for _ in range(2))
    tokens.begin_sign_in(user=first)
    sign_in = ApiSignIn.objects.get()
    get = StaffBackend().get_user
    assert (get(first.pk, sign_in.pk), get(second.pk, sign_in.pk)) == (first, None)
    tokens.end_sign_in(sign_in_id=sign_in.pk, by=first)
    assert get(first.pk, sign_in.pk) is None
