"""The manager's window on the ground: accounts, doctors, the clinic itself, departments, the trail."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clinic import operations, staffing
from clinic.access import Role
from clinic.admin_base import HouseAdmin, ReadOnlyAdmin
from clinic.models import AuditEvent, Clinic, Department, Doctor, User
from clinic.queries import specialties_of

admin.site.unregister(Group)


class RolesMixin(forms.ModelForm):
    """The roles of a colleague as boxes to tick; patients open their own accounts."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=[(role.value, role.label) for role in Role if role != Role.PATIENT],
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
    """An account as it is."""

    class Meta:
        model = User
        fields = ("username", "name", "name_other_script", "language", "is_active", "password")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
        self.fields["roles"].initial = sorted(self.instance.groups.values_list("name", flat=True))
        if Role.PATIENT in self.fields["roles"].initial:
            self.fields["roles"].choices = Role.choices


@admin.register(User)
class UserAdmin(HouseAdmin, DjangoUserAdmin):
    """Accounts of the clinic's people."""

    by_operations = True
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
        typed = form.cleaned_data
        values = {name: typed[name] for name in ("username", "name", "name_other_script", "language")}
        roles = set(typed["roles"])
        if not change:
            made = staffing.hire(
                clinic=request.user.clinic, by=request.user, roles=roles, password=typed["password1"], **values
            )
            obj.pk = made.pk
            return
        same = roles == set(obj.groups.values_list("name", flat=True))
        staffing.update_account(
            user=obj, by=request.user, roles=None if same else roles, is_active=typed["is_active"], **values
        )

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

    by_operations = True
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
        values = {**form.cleaned_data, "specialties": specialties_of(form.cleaned_data["specialties"])}
        if change:
            staffing.update_doctor(doctor=obj, by=request.user, **values)
        else:
            obj.pk = staffing.add_doctor_to(by=request.user, **values).pk


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

    by_operations = True
    list_display = ("name", "name_other_script", "is_active")
    search_fields = ("name", "name_other_script")

    def get_fields(self, request, obj=None):
        return ("name", "name_other_script", "is_active") if obj else ("name", "name_other_script")

    def save_model(self, request, obj, form, change):
        if change:
            staffing.update_department(department=obj, by=request.user, **form.cleaned_data)
        else:
            obj.pk = staffing.add_department(by=request.user, **form.cleaned_data).pk


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """The trail as stored; the screen Audit is the one to search in."""

    list_display = ("at", "user", "action", "subject_type", "subject_id", "patient_id", "result", "address")
    list_filter = ("result",)
    list_select_related = ("user",)
    ordering = ("-pk",)
