"""Addresses of the ground and of the roof: the door, the first run, the manager's window."""

from django.urls import path

from clinic import live_views, portal
from clinic.views import audit, day, door, files, first_run, forgot

app_name = "clinic"

urlpatterns = [
    path("", door.home, name="home"),
    path("setup/", first_run.setup_clinic, name="setup"),
    path("sign-in/", door.sign_in, name="sign_in"),
    path("sign-out/", door.sign_out, name="sign_out"),
    path("lock/", door.lock, name="lock"),
    path("language/", door.set_language, name="set_language"),
    path("theme/", door.set_theme, name="set_theme"),
    path("password/", door.change_password, name="change_password"),
    path("preferences/", door.preferences, name="preferences"),
    path("no-screen/", door.no_screen, name="no_screen"),
    path("my/", portal.home, name="patient_home"),
    path("my/link/", portal.link, name="portal_link"),
    path("my/book/", portal.book, name="portal_book"),
    path("my/book/<int:pk>/", portal.slots, name="portal_slots"),
    path("my/appointments/<int:pk>/", portal.appointment, name="portal_appointment"),
    path("my/appointments/<int:pk>/move/", portal.move, name="portal_move"),
    path("my/appointments/<int:pk>/cancel/", portal.cancel, name="portal_cancel"),
    path("my/prescriptions/", portal.prescriptions, name="portal_prescriptions"),
    path("my/visits/", portal.visits, name="portal_visits"),
    path("my/bills/", portal.bills, name="portal_bills"),
    path("my/access/", portal.access, name="portal_access"),
    path("forgot-password/", forgot.forgot_password, name="forgot_password"),
    path("reset-password/", forgot.reset_password, name="reset_password"),
    path("day/", day.day, name="day"),
    path("day/live/", day.day_live, name="day_live"),
    path("day/rows/", day.day_rows, name="day_rows"),
    path("day/file/", files.day_file, name="day_file"),
    path("audit/file/", files.audit_file, name="audit_file"),
    path("audit/", audit.audit_list, name="audit_list"),
    path("audit/patient/", audit.audit_patient, name="audit_patient"),
    path("live/versions", live_views.live_versions, name="live_versions"),
]
