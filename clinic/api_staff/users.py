"""Accounts of the clinic's people, for managers."""

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db.models import Q
from rest_framework import serializers

from clinic import operations, staffing
from clinic.access import Role
from clinic.api import Given, Listing, Moment, Nothing, Room, Shown, Text, Whole, does, reads
from clinic.api_staff.doctors import DoctorDetails
from clinic.models import User

MANAGES = (Role.MANAGER,)
LANGUAGES = [("en", "English"), ("ar", "العربية")]
KEEPS = ["own_account", "last_manager"]


class UserShown(Shown):
    """An account, without anything that could open it."""

    id = serializers.IntegerField()
    username = Text()
    name = Text()
    name_other_script = Text()
    email = Text()
    language = Text()
    roles = serializers.SerializerMethodField()
    is_active = serializers.BooleanField()
    must_change_password = serializers.BooleanField(help_text="The password was given by somebody else.")
    last_login = Moment(allow_null=True)
    created_at = Moment(source="date_joined")
    doctor = serializers.IntegerField(source="doctor.pk", default=None, help_text="The doctor this person is, or null.")
    version = serializers.IntegerField()

    def get_roles(self, user) -> list[str]:
        """The names of the roles, also of a closed account."""
        names = {group.name for group in user.groups.all()}
        return [role.value for role in Role if role.value in names]


class Roles(serializers.ListField):
    """Role names, at least one."""

    child = serializers.ChoiceField(choices=[role.value for role in Role])

    def __init__(self, **kwargs):
        super().__init__(min_length=1, max_length=len(Role), **kwargs)


class UserChange(Given):
    """What may be changed of an account. The password is its owner's."""

    name = Text(max_length=200)
    name_other_script = Text(max_length=200, required=False, allow_blank=True)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    language = serializers.ChoiceField(
        choices=LANGUAGES, required=False, allow_blank=True, help_text="Empty: the clinic's."
    )
    roles = Roles(help_text="Exactly these from now on.")
    is_active = serializers.BooleanField(required=False, help_text="False closes the account; true opens it again.")
    version = Whole(min_value=1, required=False)


class UserGiven(UserChange):
    """A new account. Without a password nobody can sign in with it yet; one given here is replaced at the first sign-in."""

    username = Text(max_length=150, validators=[UnicodeUsernameValidator()])
    roles = Roles()
    password = serializers.CharField(
        max_length=128, required=False, trim_whitespace=False, help_text="One-time: its owner chooses another."
    )
    doctor = DoctorDetails(required=False, help_text="What a doctor has besides: only with the role `doctor`.")
    is_active = version = None


class UsersAsked(Listing):
    q = Text(
        max_length=100,
        required=False,
        allow_blank=True,
        help_text="Part of the name in either script, user name or e-mail.",
    )
    role = serializers.ChoiceField(choices=Role.choices, required=False)
    active = serializers.BooleanField(required=False)
    orders = {"name": ("name",), "username": ("username",), "created_at": ("date_joined",), "id": ("pk",)}


class Users(Room):
    """Accounts."""

    name = "users"

    def visible(self):
        rows = User.objects.filter(clinic=self.request.user.clinic_id)
        return rows.select_related("clinic", "doctor").prefetch_related("groups")

    @reads(MANAGES, UserShown, asks=UsersAsked, many=True)
    def list(self, request, asked):
        """List the accounts of the clinic."""
        rows, text = self.visible(), asked.get("q")
        if text:
            names = ("name", "name_other_script", "username", "email")
            meant = Q()
            for name in names:
                meant |= Q(**{f"{name}__icontains": text})
            rows = rows.filter(meant)
        if "role" in asked:
            rows = rows.filter(groups__name=asked["role"])
        return rows.filter(is_active=asked["active"]) if "active" in asked else rows

    @reads(MANAGES, UserShown)
    def retrieve(self, request, asked, pk):
        """One account."""
        return self.found()

    @does(
        MANAGES,
        UserGiven,
        UserShown,
        status=201,
        refuses=["username_taken", "email_taken", "licence_taken", "patient_role", "doctor_role", "weak_password"],
    )
    def create(self, request, given):
        """Make a colleague's account."""
        return staffing.hire(clinic=request.user.clinic, by=request.user, **given)

    @does(MANAGES, UserChange, UserShown, changes=True, refuses=["email_taken", "patient_role", *KEEPS])
    def partial_update(self, request, given, pk):
        """Change an account.

        Other roles and a closed account end its sign-ins at once. Nobody takes the manager's role or the account
        from themself, and a clinic keeps one manager.
        """
        return staffing.update_account(user=self.found(), by=request.user, **given)

    @does(MANAGES, Nothing, UserShown, refuses=KEEPS)
    def destroy(self, request, given, pk):
        """Close an account.

        It is not erased: what the person did stays theirs. It can be opened again by `is_active: true`.
        """
        user = self.found()
        return operations.disable_user(user=user, by=request.user) or user
