"""Accounts that people open and recover by themselves: a patient's own, and a forgotten password.

On the roof, because an account is of the ground and a patient's file of the floor above it.
"""

import logging
import secrets
from datetime import timedelta

from axes.utils import reset as reset_wrong_passwords
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from clinic import audit, failures, operations
from clinic.access import Role
from clinic.errors import Refused
from clinic.locks import lock
from clinic.models import Clinic, PasswordReset, User
from clinic.operation import operation
from clinic.tokens import hashed, new_family
from patients import operations as files
from patients.models import Patient

logger = logging.getLogger(__name__)
RESET_LIVES = timedelta(minutes=30)


# --- a patient's own account -----------------------------------------------------------------------------------------


@operation
def open_account(
    *, clinic, username="", password, name="", email="", code="", name_other_script="", language="", by=None, **file
):
    """Make a patient's own account and return it: for the file that the desk's `code` proves, else with a new file.

    Without a user name the e-mail is the user name. `file` are fields of patients.operations.register (phone,
    born_on, sex, ...), for a new file only. `by` is None: who registers is nobody yet.
    Refused: `registration_closed` (403), `username_taken`, `email_taken`, `foreign_address` (a user name that is
    somebody's e-mail address), `weak_password`, and what register or claim_file refuse (`missing_name`,
    `link_code`, `already_linked`, ...).
    """
    if not Clinic.objects.filter(pk=clinic.pk, patients_may_register=True).exists():
        said = _("This clinic does not open accounts here. Ask at the desk.")
        raise Refused(said, "registration_closed", status=403)
    user = User(
        clinic=clinic,
        username=username or email,
        email=email,
        name=" ".join(name.split()) or username,
        name_other_script=name_other_script,
        language=language or clinic.language,
    )
    _check_name(user)
    check_password(password, user)
    user.set_password(password)
    _save_new(user)
    operations.set_roles(user=user, roles=[Role.PATIENT], by=user)
    patient = _file_of(user, clinic, code=code, name=name, name_other_script=name_other_script, **file)
    audit.record(user, "open_account", user, clinic=clinic, patient_id=patient.pk)
    return user


def _check_name(user):
    if not user.username:
        raise Refused(_("Write a user name or an e-mail address."), "missing_username", field="username", status=422)
    if "@" in user.username and user.username.lower() != user.email.lower():
        said = _("A user name that is an e-mail address must be your own one.")
        raise Refused(said, "foreign_address", field="username", status=422)


def check_password(password, user, field="password"):
    """Refuse (`weak_password`) what the clinic's rules for passwords do not allow for `user`."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), "weak_password", field=field, status=422) from error


def _save_new(user):
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        if failures.constraint_name(error) == "user_email_any_case":
            raise Refused(_("Another account has this e-mail."), "email_taken", field="email") from error
        raise Refused(_("This user name is taken."), "username_taken", field="username") from error


def _file_of(user, clinic, *, code, **facts):
    """The file of a new account: the one that `code` proves, else a new one."""
    if not code:
        patient = files.register(clinic=clinic, by=user, email=user.email, **facts)
        Patient.objects.filter(pk=patient.pk).update(user=user)
        return patient
    patient = files.claim_file(code=code, user=user)
    if not facts["name"].strip():
        user.name, user.name_other_script = patient.name, patient.name_other_script
        user.save(update_fields=["name", "name_other_script"])
    return patient


# --- the own password ------------------------------------------------------------------------------------------------


@operation
def change_own_password(*, by, old, new):
    """Replace `by`'s password `old` by `new`; every sign-in of the account ends. Returns the first Pair of a new one.

    Refused: `wrong_password`, `same_password`, `weak_password`.
    """
    user = lock(User, by.pk, "clinic")
    if not user.check_password(old):
        said = _("This is not your present password.")
        raise Refused(said, "wrong_password", field="old_password", status=422)
    if new == old:
        said = _("Choose a password that differs from the present one.")
        raise Refused(said, "same_password", field="new_password", status=422)
    check_password(new, user, "new_password")
    operations.choose_password(user=user, password=new, by=user)
    return new_family(lock(User, user.pk, "clinic"))


# --- a forgotten password --------------------------------------------------------------------------------------------


@operation
def ask_reset(*, email, by=None):
    """Somebody asks for a new password for the account with this e-mail; a job writes the mail soon after the commit.

    Does the same work, and takes as long, whether or not there is such an account: one look, one row, one job.
    """
    from clinic.jobs import mail_password_reset

    accounts = User.objects.select_related("clinic").filter(is_active=True)
    user = accounts.filter(email__iexact=email).exclude(email="").first()
    asked = PasswordReset.objects.create(user=user, expires_at=timezone.now() + RESET_LIVES)
    audit.record(None, "ask_reset", user, clinic=user.clinic if user else None)
    mail_password_reset.defer(reset_id=asked.pk)
    return asked


def mail_reset(reset_id):
    """Make the code of a PasswordReset and mail it to the account's address; True when a mail went out.

    Raises what the mail server raises, so that the job is tried again; the code of the last try counts.
    """
    asked = PasswordReset.objects.select_related("user__clinic").filter(pk=reset_id, used_at=None).first()
    if asked is None or asked.user is None or asked.expires_at < timezone.now():
        return False
    code = secrets.token_urlsafe(32)
    PasswordReset.objects.filter(pk=asked.pk, used_at=None).update(token_hash=hashed(code))
    user = asked.user
    with translation.override(user.language or (user.clinic.language if user.clinic else None)):
        text = render_to_string("clinic/mail/reset_password.txt", {"user": user, "code": code, "minutes": 30})
        send_mail(_("Your new password"), text, None, [user.email])
    return True


@operation
def reset_password(*, token, password, by=None):
    """Give the account of an e-mailed code a new password; every sign-in of it ends, and waiting times are lifted.

    The code works once, for thirty minutes, and ends the account's other codes. Refused: `reset_code` for any other
    code, `weak_password` (the code stays good).
    """
    found = PasswordReset.objects.filter(token_hash=hashed(token)).values_list("pk", "user_id").first()
    if found is None:
        raise _dead_code()
    user = lock(User, found[1], "clinic")
    still = PasswordReset.objects.filter(pk=found[0], used_at=None, expires_at__gt=timezone.now()).exists()
    if not still or not user.is_active:
        raise _dead_code()
    check_password(password, user)
    operations.choose_password(user=user, password=password, by=user)
    PasswordReset.objects.filter(user=user, used_at=None).update(used_at=timezone.now())
    reset_wrong_passwords(username=user.username)
    audit.record(user, "reset_password", user)
    return user


def _dead_code():
    said = _("This code is not known, too old or used. Ask for a new one.")
    return Refused(said, "reset_code", field="token", status=400)
