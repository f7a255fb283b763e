"""A server that cannot prove who it is gets nothing."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from contacts.api.client import Client
from contacts.api.errors import NotSent
from tests.api.loopback import answer, serving

ID = "af73e650-96f0-11ef-b2a0-fa163eafb85e"


def self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    start = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(key.private_bytes(*plain) + certificate.public_bytes(serialization.Encoding.PEM))
    return path


def test_a_certificate_nobody_vouches_for_ends_the_call_before_anything_is_sent(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))

    def handshake(connection):
        return context.wrap_socket(connection, server_side=True)

    with serving(answer(b"{}"), wrap=handshake) as server, pytest.raises(NotSent) as caught:
        Client(lambda: "token", base_url=server.url.replace("http://127.0.0.1", "https://localhost")).put_contact(
            ID, {}
        )
    assert not caught.value.may_have_happened
    assert server.received == []
