"""The patients' table of contents."""

from django.urls import path

from patients import views
from patients.views import accounts, clinical, merging

app_name = "patients"
urlpatterns = [
    path("", views.patient_list, name="list"),
    path("find/", views.find, name="find"),
    path("register/", views.register, name="register"),
    path("duplicates/", views.duplicates, name="duplicates"),
    path("<int:pk>/", views.record, name="record"),
    path("<int:pk>/card/", views.card, name="card"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/account-code/", accounts.link_code, name="link_code"),
    path("<int:pk>/same-as/", merging.same_as, name="same_as"),
    path("<int:pk>/same-as/<int:other_pk>/", merging.compare, name="compare"),
    path("<int:pk>/unmerge/", merging.unmerge, name="unmerge"),
    path("no-panel/", clinical.no_panel, name="no_panel"),
    path("<int:pk>/summary/", clinical.summary, name="summary"),
    path("<int:pk>/allergies/", clinical.allergies, name="allergies"),
    path("<int:pk>/allergies/add/", clinical.add_allergy, name="add_allergy"),
    path("<int:pk>/allergies/none/", clinical.no_known_allergies, name="no_known_allergies"),
    path("allergy/<int:pk>/end/", clinical.end_allergy, name="end_allergy"),
    path("<int:pk>/conditions/add/", clinical.add_condition, name="add_condition"),
    path("condition/<int:pk>/resolve/", clinical.resolve_condition, name="resolve_condition"),
]
