"""What makes a second factor is sealed in the database, and can be sealed again with another key."""

import json

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from contacts.oauth.factors import SealedFactors
from tests.rows import make_user

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_of(secret):
    return auth.format_hotp_value(auth.hotp_value(secret, next(iter(auth.yield_hotp_counters_from_time()))))


def held():
    return json.dumps(list(Authenticator.objects.values_list("data", flat=True)))


def test_the_secret_of_an_app_is_sealed_and_its_codes_fit():
    factor = auth.TOTP.activate(make_user(), SECRET)
    assert SECRET not in held()
    assert auth.TOTP(Authenticator.objects.get(pk=factor.instance.pk)).validate_code(code_of(SECRET))


def test_recovery_codes_come_out_the_same_each_time():
    user = make_user()
    codes = RecoveryCodes.activate(user).generate_codes()
    assert RecoveryCodes.activate(user).generate_codes() == codes
    assert len(set(codes)) == len(codes)


def test_rotating_the_keys_seals_both_with_the_new_one(settings):
    user = make_user()
    auth.TOTP.activate(user, SECRET)
    codes = RecoveryCodes.activate(user).generate_codes()
    new = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
    call_command("rotate_keys")
    settings.ENCRYPTION_KEYS = [new]
    assert auth.TOTP(Authenticator.objects.get(type="totp")).validate_code(code_of(SECRET))
    assert RecoveryCodes.activate(user).generate_codes() == codes


def test_a_secret_from_before_the_sealing_still_fits_and_is_sealed_by_rotating():
    factor = auth.TOTP.activate(make_user(), SECRET)
    Authenticator.objects.filter(pk=factor.instance.pk).update(data={"secret": SECRET})
    assert auth.TOTP(Authenticator.objects.get()).validate_code(code_of(SECRET))
    call_command("rotate_keys")
    assert SECRET not in held()
    # A code is good once, so the secret itself is looked at.
    assert SealedFactors().decrypt(Authenticator.objects.get().data["secret"]) == SECRET


def test_without_its_key_no_code_fits_and_nothing_breaks(settings, caplog):
    auth.TOTP.activate(make_user(), SECRET)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert not auth.TOTP(Authenticator.objects.get()).validate_code(code_of(SECRET))
    assert "second factor cannot be opened" in caplog.text
    with pytest.raises(CommandError, match="second factor"):
        call_command("rotate_keys")
