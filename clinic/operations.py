"""What can happen to the clinic's own staff: accounts, roles, doctors, presence."""

from axes.utils import reset
from django.contrib.auth.models import Group
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit, live
from clinic.access import Role
from clinic.errors import Refused
from clinic.locks import lock
from clinic.models import ApiSignIn, AuditEvent, Clinic, Doctor, User
from clinic.operation import operation


@operation
def add_staff(
    *, clinic, username, name, roles, by=None, name_other_script="", password=None, language="", one_time=False
):
    """Make an account for a member of staff with `roles` (Role values); without a password it cannot sign in.

    `one_time`: the password was made by somebody else, so the first sign-in asks for an own one. `by` is None
    only during the first run, before anybody exists. Raises IntegrityError for a taken user name.
    """
    user = User(
        clinic=clinic,
        username=username,
        name=name,
        name_other_script=name_other_script,
        language=language or clinic.language,
        must_change_password=one_time,
    )
    user.set_password(password)
    user.save()
    set_roles(user=user, roles=roles, by=by)
    audit.record(by, "add_staff", user, clinic=clinic, roles=sorted(str(role) for role in roles))
    return user


def keep_a_manager(user, by):
    """Call this before the manager's role or the account is taken from a manager; it holds the clinic until the commit,
    so that two managers cannot remove each other at once.

    Refused: `own_account` when `by` is the user, `last_manager` when nobody else could manage the clinic.
    """
    if by is not None and by.pk == user.pk:
        raise Refused(_("You cannot take the manager's role or the account from yourself."), "own_account")
    if user.clinic_id:
        lock(Clinic, user.clinic_id)
    managers = User.objects.filter(clinic=user.clinic_id, is_active=True, groups__name=Role.MANAGER.value)
    if not managers.exclude(pk=user.pk).exists():
        raise Refused(_("This is the clinic's last manager. Make somebody else a manager first."), "last_manager")


@operation
def set_roles(*, user, roles, by=None):
    """Give `user` exactly `roles`; only managers enter the admin. Ends the user's API tokens.

    Refused as `keep_a_manager` says, when this takes the role from an active manager.
    """
    if Role.MANAGER not in set(roles) and user.is_active and user.groups.filter(name=Role.MANAGER.value).exists():
        keep_a_manager(user, by)
    user = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    groups = [Group.objects.get_or_create(name=Role(role).value)[0] for role in roles]
    user.groups.set(groups)
    manages = Role.MANAGER in set(roles)
    user.is_staff = user.is_superuser = manages
    user.token_version += 1
    user.version += 1
    user.save(update_fields=["is_staff", "is_superuser", "token_version", "version"])
    _end_programs(user)
    for kept in ("roles", "role_names"):
        user.__dict__.pop(kept, None)
    audit.record(by, "set_roles", user, clinic=user.clinic, roles=sorted(str(role) for role in roles))
    return user


@operation
def disable_user(*, user, by):
    """Close an account: its sessions, tokens and sockets end at once. A doctor is offline and no longer bookable.

    A closed account stays as it is. Refused as `keep_a_manager` says, when the user is a manager.
    """
    if user.is_active and user.groups.filter(name=Role.MANAGER.value).exists():
        keep_a_manager(user, by)
    user = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    if not user.is_active:
        return user
    user.is_active = False
    user.token_version += 1
    user.version += 1
    user.save(update_fields=["is_active", "token_version", "version"])
    _end_programs(user)
    doctor = Doctor.objects.filter(user=user).first()
    if doctor:
        set_presence(doctor=doctor, status=Doctor.Status.OFFLINE, by=by)
    audit.record(by, "disable_user", user, clinic=user.clinic)
    return user


@operation
def enable_user(*, user, by):
    """Open a closed account again; whoever held its tokens signs in anew. An open account stays as it is."""
    user = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    if user.is_active:
        return user
    user.is_active = True
    user.token_version += 1
    user.version += 1
    user.save(update_fields=["is_active", "token_version", "version"])
    audit.record(by, "enable_user", user, clinic=user.clinic)
    return user


def _end_programs(user):
    """End the sign-ins of programs in the name of `user`. Their tokens are dead already by the new token version."""
    ended = {"ended_at": timezone.now(), "end": ApiSignIn.End.REPLACED}
    ApiSignIn.objects.filter(user=user, ended_at=None).update(**ended)


@operation
def add_doctor(*, user, by=None, **details):
    """Let `user` see patients. `details` are fields of Doctor (room, department, licence_number, ...)."""
    doctor = Doctor.objects.create(user=user, **details)
    audit.record(by, "add_doctor", doctor, clinic=user.clinic)
    return doctor


@operation
def set_presence(*, doctor, status, by=None):
    """Note that a doctor is online, busy or offline, since now; the same status again changes nothing."""
    doctor = (
        Doctor.objects.select_for_update(no_key=True, of=("self",)).select_related("user__clinic").get(pk=doctor.pk)
    )
    if doctor.status == status:
        return doctor
    doctor.status, doctor.status_since = status, timezone.now()
    doctor.save(update_fields=["status", "status_since"])
    audit.record(by, "set_presence", doctor, clinic=doctor.user.clinic, status=status)
    live.publish(doctor.user.clinic, f"doctor-{doctor.pk}", "desk")
    live.event(doctor.user.clinic, "doctor.status", doctor_id=doctor.pk, doctor=doctor.pk, status=str(status))
    return doctor


@operation
def note_gone(*, doctor, before):
    """Set a doctor offline whom no process has seen with a screen, nor heard of, since `before`; None when that is not so."""
    doctor = lock(Doctor, doctor.pk, "user")
    heard = max(filter(None, [doctor.status_since, doctor.seen_at]))
    if doctor.status == Doctor.Status.OFFLINE or heard > before:
        return None
    return set_presence(doctor=doctor, status=Doctor.Status.OFFLINE, by=doctor.user)


@operation
def note_sign_in(*, user):
    """Note that `user` came in with the password; a doctor is online from now on."""
    audit.record(user, "sign_in", user)
    doctor = Doctor.objects.filter(user=user, is_active=True, status=Doctor.Status.OFFLINE).first()
    if doctor:
        set_presence(doctor=doctor, status=Doctor.Status.ONLINE, by=user)
    return user


@operation
def note_sign_out(*, user):
    """Note that `user` went; a doctor is offline from now on."""
    audit.record(user, "sign_out", user)
    doctor = Doctor.objects.filter(user=user).first()
    if doctor:
        set_presence(doctor=doctor, status=Doctor.Status.OFFLINE, by=user)
    return user


@operation
def note_lock(*, user):
    """Note that `user` locked the screen by hand."""
    audit.record(user, "lock", user)
    return user


@operation
def refuse_sign_in(*, user):
    """Note a wrong password; `user` is None where there is no such account: the typed name of one is not kept."""
    clinic = user.clinic if user else None
    audit.record(None, "sign_in", user, result=AuditEvent.Result.DENIED, clinic=clinic)
    return user


@operation
def choose_password(*, user, password, by):
    """Give `user` a new password; ends the other sessions (Django's session hash) and the API tokens."""
    user = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    user.set_password(password)
    user.must_change_password = user.pk != by.pk
    user.token_version += 1
    user.save(update_fields=["password", "must_change_password", "token_version"])
    _end_programs(user)
    audit.record(by, "choose_password", user)
    return user


@operation
def set_preferences(*, user, by, **fields):
    """Keep a user's own choices: `language`, `theme`, `letter_keys`."""
    unknown = set(fields) - {"language", "theme", "letter_keys"}
    if unknown:
        raise TypeError(f"not a preference: {', '.join(sorted(unknown))}")
    User.objects.filter(pk=user.pk).update(**fields, version=F("version") + 1)
    for name, value in fields.items():
        setattr(user, name, value)
    audit.record(by, "set_preferences", user, **fields)
    return user


@operation
def require_own_password(*, user, by):
    """Somebody else has set the password of `user`: the next sign-in asks for an own one."""
    user = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    user.must_change_password = True
    user.token_version += 1
    user.save(update_fields=["must_change_password", "token_version"])
    _end_programs(user)
    reset(username=user.username)
    audit.record(by, "choose_password", user)
    return user


@operation
def let_try_again(*, user, by):
    """Lift the waiting time of `user` after too many wrong passwords."""
    reset(username=user.username)
    audit.record(by, "let_try_again", user)
    return user
