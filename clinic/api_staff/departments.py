"""Departments of the organisation: everybody reads them, managers keep them."""

from rest_framework import serializers

from clinic import staffing
from clinic.access import Role
from clinic.api import Given, Listing, Nothing, Room, Shown, Text, Whole, does, reads
from clinic.models import Department

ALL = tuple(role for role in Role if role != Role.DISPLAY)
MANAGES = (Role.MANAGER,)


class DepartmentShown(Shown):
    """A department."""

    id = serializers.IntegerField()
    name = Text()
    name_other_script = Text()
    is_active = serializers.BooleanField()
    version = serializers.IntegerField()


class DepartmentGiven(Given):
    """A new department."""

    name = Text(max_length=200)
    name_other_script = Text(max_length=200, required=False, allow_blank=True)


class DepartmentChange(DepartmentGiven):
    """What may be changed of a department."""

    is_active = serializers.BooleanField(required=False, help_text="False closes it; true opens it again.")
    version = Whole(min_value=1, required=False)


class DepartmentsAsked(Listing):
    q = Text(max_length=100, required=False, allow_blank=True, help_text="Part of the name, in either script.")
    active = serializers.BooleanField(required=False, help_text="Only open (true) or only closed (false) ones.")
    orders = {"name": ("name",), "id": ("pk",)}


class Departments(Room):
    """Departments of the organisation."""

    name = "departments"

    def visible(self):
        return Department.objects.all()

    @reads(ALL, DepartmentShown, asks=DepartmentsAsked, many=True)
    def list(self, request, asked):
        """List the departments."""
        rows = self.visible()
        if asked.get("q"):
            rows = rows.filter(name__icontains=asked["q"]) | rows.filter(name_other_script__icontains=asked["q"])
        return rows.filter(is_active=asked["active"]) if "active" in asked else rows

    @reads(ALL, DepartmentShown)
    def retrieve(self, request, asked, pk):
        """One department."""
        return self.found()

    @does(MANAGES, DepartmentGiven, DepartmentShown, status=201, refuses=["department_exists"])
    def create(self, request, given):
        """Add a department."""
        return staffing.add_department(by=request.user, **given)

    @does(MANAGES, DepartmentChange, DepartmentShown, changes=True, refuses=["department_exists"])
    def partial_update(self, request, given, pk):
        """Change a department."""
        return staffing.update_department(department=self.found(), by=request.user, **given)

    @does(MANAGES, Nothing, DepartmentShown)
    def destroy(self, request, given, pk):
        """Close a department.

        It is not erased: its doctors stay in it, and `is_active` is false from now on.
        """
        return staffing.update_department(department=self.found(), by=request.user, is_active=False)
