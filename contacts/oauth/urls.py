"""The two ends of the walk to Constant Contact. allauth looks the second one up by its name."""

from django.urls import path

from contacts.oauth import views

urlpatterns = [
    path("constantcontact/link/", views.start, name="constantcontact_login"),
    path("constantcontact/callback/", views.callback, name="constantcontact_callback"),
]
