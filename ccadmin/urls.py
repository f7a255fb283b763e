"""Every address of the site."""

from django.conf import settings
from django.urls import include, path

handler500 = "contacts.views.site.broken"
urlpatterns = [
    path("", include("contacts.urls")),
    # Not allauth's own list: its pages for third-party sign-in have no business here.
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/", include("contacts.oauth.urls")),
]
if settings.DJANGO_ADMIN:
    from contacts.django_admin import site

    urlpatterns.append(path("django-admin/", site.urls))
