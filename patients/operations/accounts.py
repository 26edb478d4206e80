"""A patient's own account: the code that proves at the desk whose file it is, and the account that claims it."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.errors import Refused
from clinic.operation import operation
from clinic.text import fold, to_western_digits
from patients.models import LinkCode, Patient
from patients.operations.common import locked, tell

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O, no 1 I L, no U that looks like V: 30^10 is 49 bits
LENGTH = 10
LIVES = timedelta(days=7)


@operation
def issue_link_code(*, patient, by):
    """A one-time code with which the patient's own account claims this file: `ABCDE-FGHJK`, good for seven days.

    Only its keyed hash is kept, so it can be read once, here. An earlier code of the file ends.
    Refused: `already_linked` (409) when the file has an account, `retired`.
    """
    patient = locked(patient)
    if patient.user_id:
        raise _already_linked()
    code = "".join(secrets.choice(ALPHABET) for _place in range(LENGTH))
    now = timezone.now()
    LinkCode.objects.filter(patient=patient, ended_at=None).update(ended_at=now)
    made = LinkCode.objects.create(
        patient=patient, code_hash=_hashed(code), issued_by=by, issued_at=now, expires_at=now + LIVES
    )
    audit.record(by, "issue_link_code", made, patient_id=patient.pk)
    return f"{code[:5]}-{code[5:]}"


@operation
def claim_file(*, code, user, by=None):
    """Link the file that `code` was issued for to the account `user` (by itself unless `by` says otherwise).

    Spaces, dashes, case and digits of any script do not matter. Returns the patient.
    Refused: `link_code` (409, field `code`) for a code that is unknown, used, replaced or too old,
    `already_linked` when the file has an account or the account has a file.
    """
    by = by or user
    found = LinkCode.objects.filter(code_hash=_hashed(_plain(code)), ended_at=None).first()
    if found is None:
        raise _not_this_code()
    patient = Patient.objects.select_for_update(no_key=True, of=("self",)).get(pk=found.patient_id)
    now = timezone.now()
    standing = LinkCode.objects.filter(pk=found.pk, ended_at=None, expires_at__gt=now).exists()
    if not standing or patient.merged_into_id or patient.retired_at:
        raise _not_this_code()
    if patient.user_id or Patient.objects.filter(user=user).exists():
        raise _already_linked()
    LinkCode.objects.filter(pk=found.pk).update(ended_at=now, claimed_by=user)
    patient.user = user
    patient.save(update_fields=["user"])
    audit.record(by, "claim_file", patient, patient_id=patient.pk, account=user.pk)
    tell(by, patient)
    return patient


def _hashed(code):
    return hmac.new(settings.LINK_KEY.encode(), b"link-code:" + code.encode(), hashlib.sha256).hexdigest()


def _plain(code):
    return "".join(fold(to_western_digits(code)[:60]).split()).upper()


def _already_linked():
    return Refused(_("This file already has an account, or this account already has a file."), "already_linked")


def _not_this_code():
    return Refused(_("This code is not known or too old. Ask the desk for a new one."), "link_code", field="code")
