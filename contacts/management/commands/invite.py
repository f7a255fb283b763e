"""``manage.py invite EMAIL --account SLUG --role agent``: let a person in, with a link to choose a password."""

from typing import Any

from allauth.account.forms import ResetPasswordForm
from allauth.core.context import request_context
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.http import HttpRequest

from contacts.models import LinkedAccount
from contacts.rules.refusal import Refused
from contacts.rules.roles import Role
from contacts.services.people import invite


class Command(BaseCommand):
    help = "Give a person a role on a linked account; they get a mail with a link to choose a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--account", required=True, metavar="SLUG")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument("--name", default="")

    def handle(self, *args: Any, email: str, account: str, role: str, name: str, **options: Any) -> None:
        try:
            validate_email(email)
            linked = LinkedAccount.objects.get(slug=account)
            access = invite(email, name=name, account=linked, role=Role(role), by=None)
        except ValidationError:
            raise CommandError(f"{email} is not an email address.") from None
        except LinkedAccount.DoesNotExist:
            known = ", ".join(LinkedAccount.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"No linked account is called {account}. There are: {known}.") from None
        except Refused as problem:
            raise CommandError(problem.advice) from None
        if not access.user.has_usable_password():
            _send_link(email)
        self.stdout.write(f"{email} is {role} on {linked.name}.")


def _send_link(email: str) -> None:
    """allauth's own mail, with an address of this site: a command has no request to take it from."""
    request = HttpRequest()
    request.META["HTTP_HOST"] = settings.BASE_URL.split("//", 1)[1]
    request.META["wsgi.url_scheme"] = settings.BASE_URL.split(":", 1)[0]
    form = ResetPasswordForm({"email": email})
    if form.is_valid():
        with request_context(request):
            form.save(request)
