"""The real settings, with an environment of the suite's own."""

import os
import tempfile

from cryptography.fernet import Fernet

if "CCADMIN_VAR" not in os.environ:
    # Kept by this name until the process ends, and removed with it; processes of a test use the same one.
    _var = tempfile.TemporaryDirectory(prefix="ccadmin-tests-")
    os.environ["CCADMIN_VAR"] = _var.name

for name, value in {
    "CCADMIN_SECRET_KEY": "only-for-tests-" + "x" * 40,
    "CCADMIN_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "CCADMIN_ALLOW_LOOPBACK": "1",
    # Databases of tests come and go with chains of the same names: nothing outside of them may outlive them.
    "CCADMIN_CHECKPOINT_DIR": "",
    "CC_CLIENT_ID": "5f2b6c1e-0000-4000-8000-000000000001",
    "CC_CLIENT_SECRET": "only-for-tests",
}.items():
    os.environ.setdefault(name, value)

from ccadmin.settings import *  # noqa: E402, F403

# The default hasher takes a quarter of a second per sign-in, on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
