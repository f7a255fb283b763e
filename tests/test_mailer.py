"""The mail server that the environment names."""

import socketserver
import threading

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured

from ccadmin import env


class OneLetter(socketserver.StreamRequestHandler):
    """As much of SMTP as one letter needs (RFC 5321)."""

    def handle(self):
        self._say(220)
        while line := self.rfile.readline().strip():
            self.server.heard.append(line.decode())
            if line.upper() == b"DATA":
                self._say(354)
                while (line := self.rfile.readline().strip()) != b".":
                    self.server.heard.append(line.decode())
            self._say(221 if line.upper() == b"QUIT" else 250)

    def _say(self, code):
        self.wfile.write(f"{code} fine\r\n".encode())


@pytest.fixture
def server():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), OneLetter) as listening:
        listening.heard = []
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield listening
        listening.shutdown()


@pytest.fixture
def given(monkeypatch):
    for name in ("HOST", "PORT", "USER", "PASSWORD", "SECURITY"):
        monkeypatch.delenv(f"CCADMIN_EMAIL_{name}", raising=False)
    monkeypatch.delenv("CCADMIN_MAILER", raising=False)

    def give(**values):
        for name, value in values.items():
            monkeypatch.setenv(f"CCADMIN_EMAIL_{name.upper()}", value)
        return env.mailer()

    return give


def test_without_a_server_mail_goes_to_the_terminal(given):
    assert given() == {"BACKEND": "django.core.mail.backends.console.EmailBackend"}


@pytest.mark.parametrize(
    ("security", "port", "options"),
    [
        ("", 587, {"use_tls": True}),
        ("starttls", 587, {"use_tls": True}),
        ("TLS", 465, {"use_ssl": True}),
        ("none", 25, {}),
    ],
)
def test_how_the_server_is_spoken_to_decides_the_port(given, security, port, options):
    made = given(host="mail.example.org", **({"security": security} if security else {}))["OPTIONS"]
    assert (made["host"], made["port"], made["timeout"]) == ("mail.example.org", port, 10)
    assert {name: made[name] for name in made if name.startswith("use_")} == options


def test_a_port_of_one_s_own_goes_before_the_usual_one(given):
    assert given(host="mail.example.org", port="2525")["OPTIONS"]["port"] == 2525


@pytest.mark.parametrize("wrong", [{"security": "ssl3"}, {"port": "smtp"}])
def test_a_wrong_value_is_named(given, wrong):
    with pytest.raises(ImproperlyConfigured, match="CCADMIN_EMAIL_"):
        given(host="mail.example.org", **wrong)


def test_a_mail_reaches_the_server_that_is_named(given, server, settings):
    settings.MAILERS = {"default": given(host="127.0.0.1", port=str(server.server_address[1]), security="none")}
    mail.mailers.default.send_messages([mail.EmailMessage("The week", "7 jobs done", to=["boss@example.org"])])
    assert "<boss@example.org>" in [line[8:] for line in server.heard if line.lower().startswith("rcpt to:")]
    assert {"Subject: The week", "7 jobs done"} <= set(server.heard)
