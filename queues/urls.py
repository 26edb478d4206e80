"""Table of contents of the lines."""

from django.urls import path

from queues import public_views, views

app_name = "queues"
urlpatterns = [
    path("", views.lines, name="lines"),
    path("displays/", views.displays, name="displays"),
    path("station/<int:pk>/", views.station, name="station"),
    path("station/<int:pk>/next/", views.call_next, name="call_next"),
    path("entry/<int:pk>/", views.entry, name="entry"),
    path("entry/<int:pk>/call/", views.call, name="call"),
    path("entry/<int:pk>/recall/", views.recall, name="recall"),
    path("entry/<int:pk>/begin/", views.begin, name="begin"),
    path("entry/<int:pk>/skip/", views.skip, name="skip"),
    path("entry/<int:pk>/finish/", views.finish, name="finish"),
    path("entry/<int:pk>/leave/", views.leave, name="leave"),
    path("entry/<int:pk>/transfer/", views.transfer, name="transfer"),
    path("entry/<int:pk>/priority/", views.set_category, name="set_category"),
    path("entry/<int:pk>/emergency/", views.emergency, name="emergency"),
    path("entry/<int:pk>/undo/", views.undo, name="undo"),
    path("token/<int:pk>/slip/", views.slip, name="slip"),
    path("board/", public_views.board, name="board"),
    path("board/live/", public_views.board_live, name="board_live"),
    path("place/<str:code>/", public_views.my_place, name="my_place"),
    path("place/<str:code>/live/", public_views.my_place_live, name="my_place_live"),
]
