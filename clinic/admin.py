"""The manager's window on the ground: accounts, doctors, the clinic itself, departments, the trail."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clinic import operations
from clinic.access import Role
from clinic.admin_base import HouseAdmin, ReadOnlyAdmin
from clinic.models import AuditEvent, Clinic, Department, Doctor, User

admin.site.unregister(Group)


class RolesMixin(forms.ModelForm):
    """The roles as boxes to tick."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("One person may have several. Only managers open these settings."),
    )


class NewUserForm(RolesMixin, AdminUserCreationForm):
    """An account with a first password, which its owner replaces at the first sign-in."""

    usable_password = None

    class Meta:
        model = User
        fields = ("username", "name", "name_other_script", "language")


class UserForm(RolesMixin, UserChangeForm):
    """An account as it is; a manager cannot lock himself out."""

    class Meta:
        model = User
        fields = ("username", "name", "name_other_script", "language", "is_active", "password")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
        self.fields["roles"].initial = sorted(self.instance.groups.values_list("name", flat=True))

    def clean(self):
        values = super().clean()
        own = self.instance.pk == getattr(self, "manager_id", None)
        if own and (Role.MANAGER not in values.get("roles", []) or not values.get("is_active")):
            self.add_error(None, _("You cannot take the manager's role or the account from yourself."))
        return values


@admin.register(User)
class UserAdmin(HouseAdmin, DjangoUserAdmin):
    """Accounts of the clinic's people."""

    add_form = NewUserForm
    form = UserForm
    list_display = ("name", "username", "role_words", "is_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ("name", "name_other_script", "username")
    ordering = ("name",)
    filter_horizontal = ()
    readonly_fields = ("last_login",)
    actions = ("let_try_again",)
    add_fieldsets = (
        (None, {"fields": ("name", "name_other_script", "username", "password1", "password2", "roles", "language")}),
    )
    fieldsets = (
        (None, {"fields": ("name", "name_other_script", "username", "password", "roles")}),
        (None, {"fields": ("language", "is_active", "last_login")}),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    def get_exclude(self, request, obj=None):
        return None

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        form.manager_id = request.user.pk
        return form

    @admin.action(description=_("Let them try to sign in again at once"))
    def let_try_again(self, request, users):
        """Lift the waiting time after too many wrong passwords."""
        for user in users:
            operations.let_try_again(user=user, by=request.user)
        self.message_user(request, _("They can try again now."))

    @admin.display(description=_("roles"))
    def role_words(self, user):
        """The user's roles in words."""
        names = {group.name for group in user.groups.all()}
        return ", ".join(str(role.label) for role in Role if role.value in names)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.must_change_password = True
        super().save_model(request, obj, form, change)
        before = set(obj.groups.values_list("name", flat=True)) if change else None
        wanted = set(form.cleaned_data["roles"])
        if before != wanted or "is_active" in form.changed_data:
            operations.set_roles(user=obj, roles=[Role(value) for value in wanted], by=request.user)

    def user_change_password(self, request, id, form_url=""):  # noqa: A002  Django's name
        with transaction.atomic():
            response = super().user_change_password(request, id, form_url)
            if request.method == "POST" and response.status_code == 302 and str(id) != str(request.user.pk):
                user = User.objects.get(pk=id)
                operations.require_own_password(user=user, by=request.user)
        return response


@admin.register(Doctor)
class DoctorAdmin(HouseAdmin):
    """Who sees patients. A new doctor gets the doctor's role; hours are added under Hours."""

    clinic_path = "user__clinic"
    list_display = ("__str__", "department", "room", "appointment_minutes", "is_active")
    list_filter = ("is_active", "department")
    list_select_related = ("user", "department")
    search_fields = ("user__name", "user__name_other_script")
    fields = (
        "user",
        "department",
        "specialties",
        "licence_number",
        "phone",
        "email",
        "room",
        "appointment_minutes",
        "is_active",
    )

    def get_readonly_fields(self, request, obj=None):
        return ("user",) if obj else ()

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.filter(clinic=request.user.clinic_id, is_active=True, doctor=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        obj.licence_number = obj.licence_number or None
        super().save_model(request, obj, form, change)
        if not change and not obj.user.has_role(Role.DOCTOR):
            operations.set_roles(user=obj.user, roles=obj.user.roles | {Role.DOCTOR}, by=request.user)


@admin.register(Clinic)
class ClinicAdmin(HouseAdmin):
    """The clinic's name, money and rules."""

    clinic_path = "pk"
    list_display = ("name", "name_other_script", "currency", "time_zone")
    fieldsets = (
        (None, {"fields": ("name", "name_other_script", "phone", "address", "language")}),
        (_("Place and money"), {"fields": ("country", "time_zone", "weekend", "tax_name", "tax_rate", "tax_number")}),
        (
            _("Rules of the line"),
            {"fields": ("grace_minutes", "walk_in_allowance_minutes", "priority_bonus_minutes", "wait_limit_minutes")},
        ),
        (_("Till and vitals"), {"fields": ("discount_limit_percent", "glucose_unit")}),
        (_("Pharmacy"), {"fields": ("prescription_valid_days",)}),
        (_("Other programs"), {"fields": ("public_doctors", "patients_may_register")}),
    )

    def has_add_permission(self, request):
        return False


@admin.register(Department)
class DepartmentAdmin(HouseAdmin):
    """Departments of the organisation."""

    list_display = ("name", "name_other_script", "is_active")
    search_fields = ("name", "name_other_script")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """The trail as stored; the screen Audit is the one to search in."""

    list_display = ("at", "user", "action", "subject_type", "subject_id", "patient_id", "result", "address")
    list_filter = ("result",)
    list_select_related = ("user",)
    ordering = ("-pk",)
