"""The pages. An account's pages carry its slug, so that a link never opens the wrong account."""

from django.urls import path

urlpatterns: list = []
