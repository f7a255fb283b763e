"""The error answers of Constant Contact, in its three JSON forms (CC reference, section 5)."""

from typing import Any

JSON = dict[str, Any]

VALIDATION = "contacts.api.validation.error"
NOT_FOUND_TEXT = "The requested resource was not found."


class ApiError(Exception):
    """An answer that is no success: HTTP ``status``, JSON ``body`` and extra ``headers``."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


def in_array(status: int, key: str, message: str) -> ApiError:
    """The array form: validation, conflict, not found."""
    return ApiError(status, [{"error_key": key, "error_message": message}])


def in_object(status: int, key: str, message: str, headers: dict[str, str] | None = None) -> ApiError:
    """The object form: 401, 403, 429."""
    return ApiError(status, {"error_key": key, "error_message": message}, headers)


def forbidden_gateway() -> ApiError:
    """The gateway's form, for every path outside /v3 (section 2)."""
    return ApiError(403, {"message": "Forbidden"})


def no_route() -> ApiError:
    """Unknown path, and wrong method on a known path; there is no 405 (section 5)."""
    return in_array(404, "not_found", NOT_FOUND_TEXT)


def unauthorized() -> ApiError:
    """The same bytes for no header, wrong scheme, empty, wrong and expired token (section 5)."""
    return in_object(401, "unauthorized", "Unauthorized", {"WWW-Authenticate": "Bearer realm=api.cc.email"})


def access_denied() -> ApiError:
    """Missing privilege; by default also a missing scope (section 5; section 20, question 8)."""
    return in_object(403, "access_denied", "Request forbidden due to insufficient user privileges.")


def invalid(*problems: str) -> ApiError:
    """400 with every problem in one text, as recorded: "create_source is missing, create_source does ..."."""
    return in_array(400, VALIDATION, ", ".join(problems))


def not_valid(name: str) -> str:
    """The recorded wording for a value that is out of range (section 5)."""
    return f"{name} does not have a valid value"


def bad_id(name: str) -> ApiError:
    """An id that is no UUID (section 5)."""
    return in_array(404, "contacts.api.not_found", f"{name} is in an invalid format.")


def not_found() -> ApiError:
    """A well-formed id that does not exist (section 20, question 7)."""
    return in_array(404, "contacts.api.not_found", NOT_FOUND_TEXT)


def conflict(message: str) -> ApiError:
    """409: an address, a name or a mail that exists already (section 5)."""
    return in_array(409, "contacts.api.conflict", message)


def unsupported_media_type() -> ApiError:
    """415 for a body that is not application/json (section 4). The body is unknown; the array form is assumed."""
    return in_array(415, "contacts.api.unsupported_media_type", "Unsupported Media Type")


def throttled(retry_after: bool) -> ApiError:
    """429 per second; the header only by switch (section 20, question 17)."""
    return in_object(429, "throttled", "Too Many Requests", {"Retry-After": "1"} if retry_after else None)


def quota_exceeded(retry_after: bool) -> ApiError:
    """429 per day (section 5)."""
    return in_object(429, "quota_exceeded", "Limit Exceeded", {"Retry-After": "1"} if retry_after else None)


def server_error(status: int) -> ApiError:
    """500, 502, 503, 504. The bodies are unknown; the object form is assumed (section 5)."""
    texts = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
    text = texts.get(status, "Internal Server Error")
    return in_object(status, text.lower().replace(" ", "_"), text)
