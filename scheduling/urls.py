"""Table of contents: the desk, the appointments, the calendar."""

from django.urls import path

from scheduling.views import booking, calendar, desk, hours

app_name = "scheduling"
urlpatterns = [
    path("desk/", desk.desk, name="desk"),
    path("desk/today/", desk.desk_live, name="desk_live"),
    path("desk/find/", desk.find, name="find"),
    path("desk/context/", desk.context, name="context"),
    path("desk/arrive/<int:pk>/", desk.arrive, name="arrive"),
    path("desk/walk-in/", desk.walk_in, name="walk_in"),
    path("desk/next/<int:pk>/", desk.next_of, name="next_of"),
    path("desk/token/<int:pk>/", desk.token, name="token"),
    path("desk/token/<int:pk>/leave/", desk.leave, name="leave"),
    path("desk/token/<int:pk>/patient/", desk.change_patient, name="change_patient"),
    path("appointments/book/", booking.book, name="book"),
    path("appointments/find-patient/", booking.find_patient, name="find_patient"),
    path("appointments/<int:pk>/", booking.appointment, name="appointment"),
    path("appointments/<int:pk>/check-in/", desk.check_in, name="check_in"),
    path("appointments/<int:pk>/undo-check-in/", desk.undo_check_in, name="undo_check_in"),
    path("appointments/<int:pk>/move/", booking.move, name="move"),
    path("appointments/<int:pk>/move-to/<str:stamp>/<int:doctor_pk>/", booking.move_to, name="move_to"),
    path("appointments/<int:pk>/confirm/", booking.confirm, name="confirm"),
    path("appointments/<int:pk>/cancel/", booking.cancel, name="cancel"),
    path("appointments/<int:pk>/unbook/", booking.unbook, name="unbook"),
    path("appointments/<int:pk>/miss/", booking.miss, name="miss"),
    path("appointments/<int:pk>/restore/", booking.restore, name="restore"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/day/", calendar.calendar_live, name="calendar_live"),
    path("calendar/blocks/", hours.block, name="block"),
    path("calendar/blocks/list/", hours.blocks_live, name="blocks_live"),
    path("calendar/blocks/<int:pk>/", hours.blocked, name="blocked"),
    path("calendar/blocks/<int:pk>/remove/", hours.unblock, name="unblock"),
    path("calendar/blocks/<int:pk>/restore/", hours.reblock, name="reblock"),
    path("calendar/hours/", hours.weekly, name="weekly"),
    path("calendar/hours/list/", hours.hours_live, name="hours_live"),
    path("calendar/hours/<int:pk>/remove/", hours.end_hours, name="end_hours"),
    path("calendar/hours/<int:pk>/restore/<str:until>/", hours.restore_hours, name="restore_hours"),
    path("calendar/hours/<int:pk>/withdraw/", hours.withdraw_hours, name="withdraw_hours"),
]
