"""Every address of the site."""

from django.conf import settings
from django.urls import include, path

handler500 = "contacts.views.site.broken"
urlpatterns = [
    path("", include("contacts.urls")),
    path("accounts/", include("allauth.urls")),
]
if settings.DJANGO_ADMIN:
    from contacts.django_admin import site

    urlpatterns.append(path("django-admin/", site.urls))
