"""The pharmacy's table of contents."""

from django.urls import path

from pharmacy.views import composing, current, dispensing, stock

app_name = "pharmacy"
urlpatterns = [
    path("", dispensing.worklist, name="worklist"),
    path("live/", dispensing.worklist_live, name="worklist_live"),
    path("next/", dispensing.call_next, name="call_next"),
    path("prescription/<int:pk>/", dispensing.dispensing, name="dispensing"),
    path("prescription/<int:pk>/dispense/", dispensing.dispense, name="dispense"),
    path("prescription/<int:pk>/print/", dispensing.print_prescription, name="print"),
    path("prescription/<int:pk>/pdf/", dispensing.prescription_pdf, name="prescription_pdf"),
    path("item/<int:pk>/not-given/", dispensing.not_given, name="not_given"),
    path("dispense/<int:pk>/labels/", dispensing.labels, name="labels"),
    path("dispense/<int:pk>/return/", dispensing.return_dispensed, name="return_dispensed"),
    path("patient/<int:pk>/current/", current.current, name="current"),
    path("visit/<int:pk>/", composing.composer, name="composer"),
    path("visit/<int:pk>/lines/", composing.composer_lines, name="composer_lines"),
    path("visit/<int:pk>/find/", composing.find_medicine, name="find_medicine"),
    path("visit/<int:pk>/add/", composing.add_item, name="add_item"),
    path("visit/<int:pk>/repeat/", composing.repeat_last, name="repeat_last"),
    path("visit/<int:pk>/finish/", composing.finish, name="finish"),
    path("item/<int:pk>/remove/", composing.remove_item, name="remove_item"),
    path("item/<int:pk>/keep/", composing.keep_item, name="keep_item"),
    path("stock/", stock.stock, name="stock"),
    path("stock/receive/", stock.receive, name="receive"),
    path("stock/<int:pk>/", stock.shelf, name="shelf"),
    path("stock/<int:pk>/count/", stock.count, name="count"),
    path("batch/<int:pk>/", stock.batch, name="batch"),
]
