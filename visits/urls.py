"""Table of contents of the consultation."""

from django.urls import path

from visits.views import measure, note, past, room

app_name = "visits"
urlpatterns = [
    path("", room.consult, name="consult"),
    path("live/", room.home_live, name="home_live"),
    path("queue/live/", room.queue_live, name="queue_live"),
    path("call-next/", room.call_next, name="call_next"),
    path("<int:pk>/", room.visit, name="visit"),
    path("<int:pk>/banner/", room.banner, name="banner"),
    path("<int:pk>/call/", room.call_state, name="call_state"),
    path("<int:pk>/begin/", room.begin, name="begin"),
    path("<int:pk>/call-in/", room.call_in, name="call_in"),
    path("<int:pk>/recall/", room.recall, name="recall"),
    path("<int:pk>/not-come/", room.not_come, name="not_come"),
    path("<int:pk>/take-over/", room.take_over, name="take_over"),
    path("<int:pk>/print/", room.print_visit, name="print_visit"),
    path("<int:pk>/note/", note.save_note, name="save_note"),
    path("<int:pk>/note/live/", note.note_live, name="note_live"),
    path("<int:pk>/notes/add/", note.add_note, name="add_note"),
    path("<int:pk>/notes/live/", note.notes_live, name="notes_live"),
    path("<int:pk>/diagnoses/find/", note.find_diagnosis, name="find_diagnosis"),
    path("<int:pk>/diagnoses/add/", note.add_diagnosis, name="add_diagnosis"),
    path("diagnoses/<int:pk>/remove/", note.remove_diagnosis, name="remove_diagnosis"),
    path("diagnoses/<int:pk>/primary/", note.make_primary, name="make_primary"),
    path("<int:pk>/addendum/", note.addendum, name="addendum"),
    path("<int:pk>/vitals/", measure.vitals, name="vitals"),
    path("<int:pk>/vitals/live/", measure.vitals_live, name="vitals_live"),
    path("vitals/<int:pk>/correct/", measure.correct_vitals, name="correct_vitals"),
    path("in-line/<int:pk>/vitals/", measure.nurse_vitals, name="nurse_vitals"),
    path("patient/<int:pk>/open/", room.open_visit, name="open"),
    path("patient/<int:pk>/", past.history, name="history"),
]
