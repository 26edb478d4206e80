"""What can happen to the clinic's own house: accounts as a manager keeps them, doctors, departments."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinic import audit, operations
from clinic.access import Role
from clinic.errors import Refused
from clinic.locks import lock
from clinic.models import Clinic, Department, Doctor, User
from clinic.operation import operation

ACCOUNT = {"username", "name", "name_other_script", "email", "language"}
DEPARTMENT = {"name", "name_other_script", "is_active"}
DOCTOR = {
    "department",
    "specialties",
    "licence_number",
    "phone",
    "email",
    "room",
    "appointment_minutes",
    "is_active",
}
SEPARATOR = ", "  # between the specialties of one doctor, as they are stored


# --- accounts --------------------------------------------------------------------------------------------------------


@operation
def hire(*, clinic, by, username, name, roles, email="", password=None, doctor=None, **more):
    """Make a colleague's account with `roles` (Role values), and what a doctor needs when `doctor` (fields of Doctor) is given.

    A password given here is one-time: its owner replaces it at the first sign-in. Without one nobody can sign in yet.
    Refused: `username_taken`, `email_taken`, `weak_password`, `patient_role` (patients open their own accounts),
    `doctor_role` (details of a doctor without the role), and as `add_doctor_to` says.
    """
    roles = _staff_roles(roles)
    if doctor is not None and Role.DOCTOR not in roles:
        raise Refused(_("Only who has the doctor's role can be a doctor."), "doctor_role", field="roles", status=422)
    _free_username(username)
    _free_email(email)
    if password is not None:
        _strong(password, User(username=username, name=name, email=email))
    try:
        with transaction.atomic():
            user = operations.add_staff(
                clinic=clinic,
                username=username,
                name=name,
                roles=roles,
                password=password,
                one_time=True,
                by=by,
                **more,
            )
    except IntegrityError as error:
        raise _username_taken() from error
    if email:
        user.email = email
        user.save(update_fields=["email"])
    if doctor is not None:
        add_doctor_to(user=user, by=by, **doctor)
    return user


@operation
def update_account(*, user, by, roles=None, is_active=None, version=None, **fields):
    """Change a colleague's account: fields of ACCOUNT, `roles` (exactly these from now on), `is_active`. Returns it.

    A doctor who loses that role is no longer booked. Refused: `changed_meanwhile` when `version` is not the account's,
    `username_taken`, `email_taken`, `patient_role` (to a colleague, or other roles to a patient's own account),
    `own_account` and `last_manager` (see operations.keep_a_manager).
    """
    user = lock(User, user.pk, "clinic")
    _seen(user, version)
    changed = _set(user, fields, ACCOUNT)
    if "username" in changed:
        _free_username(user.username, besides=user)
    if "email" in changed:
        _free_email(user.email, besides=user)
    if changed:
        user.save(update_fields=[*changed, "version"])
        audit.record(by, "update_account", user, fields=changed)
    if roles is not None:
        roles = _staff_roles(roles)
        _no_patients(user, "roles")
        if roles != set(user.roles):
            _give(user, roles, by)
    if is_active is not None and is_active != user.is_active:
        (operations.enable_user if is_active else operations.disable_user)(user=user, by=by)
    return User.objects.select_related("clinic").get(pk=user.pk)


def _give(user, roles, by):
    """Other roles; a doctor who loses that role is no longer booked."""
    operations.set_roles(user=user, roles=roles, by=by)
    doctor = Doctor.objects.filter(user=user, is_active=True).first()
    if doctor is not None and Role.DOCTOR not in roles:
        update_doctor(doctor=doctor, by=by, is_active=False)


def _no_patients(user, field):
    """A patient's own account opens one file; roles of the staff would open them all to it."""
    if user.groups.filter(name=Role.PATIENT.value).exists():
        raise Refused(_("This is a patient's own account. A colleague needs another one."), "patient_role", field=field)


def _staff_roles(roles):
    roles = {Role(role) for role in roles}
    if Role.PATIENT in roles:
        said = _("Patients open their own accounts. Choose the roles of a colleague.")
        raise Refused(said, "patient_role", field="roles", status=422)
    return roles


def _username_taken():
    return Refused(_("This user name is taken."), "username_taken", field="username")


def _free_username(username, besides=None):
    others = User.objects.exclude(pk=besides.pk if besides else None)
    if others.filter(username__iexact=username).exists():
        raise _username_taken()


def _free_email(email, besides=None):
    """People sign in with the e-mail too, so it names one account."""
    others = User.objects.exclude(pk=besides.pk if besides else None)
    if email and others.filter(email__iexact=email).exists():
        raise Refused(_("Another account has this e-mail."), "email_taken", field="email")


def _strong(password, user):
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), "weak_password", field="password", status=422) from error


# --- doctors ---------------------------------------------------------------------------------------------------------


@operation
def add_doctor_to(*, user, by, specialties=(), licence_number="", **details):
    """Let `user` see patients: returns the Doctor, and gives the doctor's role where it is missing.

    `specialties` is a list of words. Refused: `already_a_doctor`, `inactive_account`, `licence_taken`, `patient_role`.
    """
    user = lock(User, user.pk, "clinic")
    _no_patients(user, "user")
    if not user.is_active:
        raise Refused(_("This account is closed. Open it again first."), "inactive_account", field="user")
    if Doctor.objects.filter(user=user).exists():
        raise Refused(_("This account is a doctor already."), "already_a_doctor", field="user")
    _free_licence(licence_number)
    if not user.has_role(Role.DOCTOR):
        operations.set_roles(user=user, roles=set(user.roles) | {Role.DOCTOR}, by=by)
    try:
        with transaction.atomic():
            return operations.add_doctor(
                user=user, by=by, specialties=joined(specialties), licence_number=licence_number or None, **details
            )
    except IntegrityError as error:
        raise _licence_taken() from error


@operation
def update_doctor(*, doctor, by, version=None, **fields):
    """Change a doctor: fields of DOCTOR, `specialties` as a list of words. One who is no longer active goes offline.

    Appointments stay as they are: who is away or has left is handled by the desk. Refused: `licence_taken`,
    `changed_meanwhile` when `version` is not the doctor's.
    """
    doctor = lock(Doctor, doctor.pk, "user__clinic", "department")
    _seen(doctor, version)
    if "specialties" in fields:
        fields["specialties"] = joined(fields["specialties"])
    if "licence_number" in fields:
        fields["licence_number"] = fields["licence_number"] or None
        _free_licence(fields["licence_number"], besides=doctor)
    changed = _set(doctor, fields, DOCTOR)
    if not changed:
        return doctor
    try:
        with transaction.atomic():
            doctor.save(update_fields=[*changed, "version"])
    except IntegrityError as error:
        raise _licence_taken() from error
    audit.record(by, "update_doctor", doctor, clinic=doctor.user.clinic, fields=changed)
    if "is_active" in changed and not doctor.is_active:
        doctor = operations.set_presence(doctor=doctor, status=Doctor.Status.OFFLINE, by=by)
    return doctor


def joined(specialties):
    """Specialties as they are stored: one line, each word once, in the given order."""
    return SEPARATOR.join(dict.fromkeys(filter(None, (" ".join(word.split()) for word in specialties))))


def _free_licence(number, besides=None):
    others = Doctor.objects.exclude(pk=besides.pk if besides else None)
    if number and others.filter(licence_number=number).exists():
        raise _licence_taken()


def _licence_taken():
    return Refused(_("Another doctor has this licence number."), "licence_taken", field="licence_number")


# --- departments -----------------------------------------------------------------------------------------------------


@operation
def add_department(*, by, name, name_other_script=""):
    """Open a department of the organisation and return it. Refused: `department_exists`, `missing_name`."""
    _hold_departments()
    department = Department(name=_named(name), name_other_script=name_other_script.strip())
    _only_department(department)
    department.save(force_insert=True)
    audit.record(by, "add_department", department)
    return department


@operation
def update_department(*, department, by, version=None, **fields):
    """Change the names of a department, close it (`is_active` False) or open it again; its doctors stay in it.

    Refused: `department_exists`, `missing_name`, `changed_meanwhile` when `version` is not the department's.
    """
    _hold_departments()
    department = lock(Department, department.pk)
    _seen(department, version)
    if "name" in fields:
        fields["name"] = _named(fields["name"])
    changed = _set(department, fields, DEPARTMENT)
    if not changed:
        return department
    _only_department(department)
    department.save(update_fields=[*changed, "version"])
    audit.record(by, "update_department", department, fields=changed)
    return department


def _hold_departments():
    """Names are compared by one manager at a time; departments are the organisation's, so its first clinic stands for it."""
    Clinic.objects.select_for_update(no_key=True).order_by("pk").first()


def _named(name):
    name = " ".join(name.split())
    if not name:
        raise Refused(_("Write the name of the department."), "missing_name", field="name", status=422)
    return name


def _only_department(department):
    same = Department.objects.filter(name__iexact=department.name, is_active=True).exclude(pk=department.pk)
    if department.is_active and same.exists():
        raise Refused(_("There is already a department of this name."), "department_exists", field="name")


# --- shared ----------------------------------------------------------------------------------------------------------


def _seen(row, version):
    if version not in (None, row.version):
        raise Refused(_("Somebody has changed this meanwhile. Look at it again."), "changed_meanwhile")


def _set(row, fields, known):
    """Put `fields` (names of `known`) on `row`, raising its version; the sorted names of those that are different now."""
    unknown = set(fields) - known
    if unknown:
        raise TypeError(f"not a field here: {', '.join(sorted(unknown))}")
    changed = sorted(name for name, value in fields.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, fields[name])
    row.version += bool(changed)
    return changed
