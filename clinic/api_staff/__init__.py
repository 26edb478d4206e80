"""The API's rooms of the ground: accounts, departments, doctors."""

from clinic.api_staff.departments import Departments
from clinic.api_staff.doctors import Doctors
from clinic.api_staff.users import Users

ROOMS = [("users", Users), ("departments", Departments), ("doctors", Doctors)]
