"""What a browser may load and where a form may lead: the Content-Security-Policy of every answer."""

from urllib.parse import urlsplit

from django.utils.csp import CSP

# Where a browser reports what the policy stopped; the view is contacts.views.frame.csp_report.
REPORT_PATH = "/csp-report/"


def policy(*, authorize_url: str) -> dict[str, list[str]]:
    """The Content-Security-Policy for Django's ``SECURE_CSP``: our own files and nothing written into a page.

    ``form-action`` must name the authorization server as well, because a browser applies it to the redirect that
    answers the linking form too. Tabler draws its carets with ``data:`` pictures.
    """
    return {
        "default-src": [CSP.NONE],
        "script-src": [CSP.SELF],
        "style-src": [CSP.SELF],
        "img-src": [CSP.SELF, "data:"],
        "font-src": [CSP.SELF],
        "connect-src": [CSP.SELF],
        "form-action": [CSP.SELF, *authorization_origins(authorize_url)],
        "base-uri": [CSP.NONE],
        "frame-ancestors": [CSP.NONE],
        "report-uri": [REPORT_PATH],
    }


def authorization_origins(authorize_url: str) -> list[str]:
    """Where the linking form may lead: the server itself, and at Constant Contact any host of theirs.

    Their authorization server hands a browser without a session on to a sign-in page on another of their hosts, and
    that redirect still counts as the form's.
    """
    parts = urlsplit(authorize_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    theirs = parts.hostname is not None and parts.hostname.endswith(".constantcontact.com")
    return [origin, "https://*.constantcontact.com"] if theirs else [origin]
