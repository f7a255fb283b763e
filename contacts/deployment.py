"""What ``manage.py check --deploy`` says of our own settings."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register(deploy=True)
def no_loopback(**_: Any) -> list[CheckMessage]:
    """Tests and the demo call an imitation on this machine; a real site that could would call whatever listens here."""
    if not settings.ALLOW_LOOPBACK or settings.DEMO:
        return []
    told = "CCADMIN_ALLOW_LOOPBACK is on, which is for tests and the demo only: unset it."
    return [Error(told, id="contacts.E001")]
