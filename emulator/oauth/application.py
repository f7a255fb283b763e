"""The registered application and the switches of the authorization host (CC reference, section 3.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_ADJUSTABLE = {"rotating": bool, "expires_in": int, "pkce_with_secret": bool, "limit_token_calls": bool}
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


@dataclass(kw_only=True)
class Application:
    """One entry of the developer portal (CC reference, section 3.2).

    Without a ``client_secret`` the application is a public one: PKCE, no Basic authentication. A redirect address must
    be one of ``redirect_uris``, character for character; while none is registered, any on this machine will do.
    ``expires_in`` is the life of an access token in seconds; ``rotating`` chooses the kind of refresh token.
    Two switches for what is not settled: PKCE together with a secret, and the limit of the token endpoint.
    """

    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]
    name: str = ""
    rotating: bool = True
    expires_in: int = 86400
    pkce_with_secret: bool = True
    limit_token_calls: bool = True

    def redirects_to(self, address: str) -> bool:
        """Whether the browser may be sent to ``address``."""
        if self.redirect_uris:
            return address in self.redirect_uris
        try:
            parts = urlsplit(address)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and parts.hostname in _THIS_MACHINE

    def settings(self) -> dict[str, bool | int]:
        """What can be adjusted while the emulator runs."""
        return {name: getattr(self, name) for name in _ADJUSTABLE}

    def adjust(self, values: Mapping[str, Any]) -> None:
        """Change some of the settings. Raises ValueError for an unknown name or a value of another kind."""
        for name, value in values.items():
            if type(value) is not _ADJUSTABLE.get(name):
                known = ", ".join(f"{each} ({kind.__name__})" for each, kind in _ADJUSTABLE.items())
                raise ValueError(f"{name} cannot be set to {value!r}. Known: {known}.")
        for name, value in values.items():
            setattr(self, name, value)
