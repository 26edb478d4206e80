"""The till's table of contents."""

from django.urls import path

from billing import views

app_name = "billing"
urlpatterns = [
    path("", views.till, name="till"),
    path("live/", views.till_live, name="till_live"),
    path("patient/<int:pk>/pay/", views.patient_pay, name="patient_pay"),
    path("patient/<int:pk>/balance/", views.balance, name="balance"),
    path("patient/<int:pk>/", views.of_patient, name="of_patient"),
    path("patient/<int:pk>/new/", views.new_invoice, name="new_invoice"),
    path("<int:pk>/", views.invoice, name="invoice"),
    path("<int:pk>/bill/", views.bill, name="bill"),
    path("<int:pk>/pay/", views.pay, name="pay"),
    path("<int:pk>/lines/", views.add_line, name="add_line"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
    path("<int:pk>/credit/", views.credit, name="credit"),
    path("<int:pk>/refund/", views.refund, name="refund"),
    path("cash/", views.drawers, name="drawers"),
    path("cash/open/", views.open_session, name="open_session"),
    path("cash/<int:pk>/", views.drawer, name="drawer"),
    path("cash/<int:pk>/count/", views.count_session, name="count_session"),
    path("cash/<int:pk>/hand-over/", views.hand_over, name="hand_over"),
    path("cash/<int:pk>/close/", views.close_session, name="close_session"),
    path("cash/<int:pk>/slip/", views.drawer_slip, name="drawer_slip"),
    path("line/<int:pk>/discount/", views.discount, name="discount"),
    path("line/<int:pk>/remove/", views.remove_line, name="remove_line"),
    path("payment/<int:pk>/receipt/", views.receipt, name="receipt"),
]
