"""``manage.py invite EMAIL --account SLUG --role agent``: let a person in, with a link to choose a password."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from contacts.models import LinkedAccount
from contacts.rules.refusal import Refused
from contacts.rules.roles import Role
from contacts.services.inviting import invite, send_invitation


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
        self.stdout.write(f"{email} is {role} on {linked.name}.")
        if not access.user.has_usable_password() and not send_invitation(access, by=None):
            self.stderr.write("The mail server did not take the mail. Run this again when it works.")
