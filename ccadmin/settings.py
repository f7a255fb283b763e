"""Settings: every choice a person may make comes from the environment, see ``ccadmin/env.py``."""

from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from ccadmin import env, logs, security

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("CCADMIN_VAR", str(BASE_DIR / "var")))

DEBUG = env.flag("CCADMIN_DEBUG")
DEMO = env.flag("CCADMIN_DEMO")
SECRET_KEY = env.text("CCADMIN_SECRET_KEY")
ENCRYPTION_KEYS = env.words("CCADMIN_ENCRYPTION_KEYS")
BASE_URL = env.text("CCADMIN_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
_site = urlsplit(BASE_URL)
if not _site.hostname:
    raise ImproperlyConfigured(
        "CCADMIN_BASE_URL is the whole address of this site, for example https://cc.example.org."
    )
SECURE_SITE = _site.scheme == "https"
ALLOWED_HOSTS = [_site.hostname, *env.words("CCADMIN_EXTRA_HOSTS")]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# Constant Contact
CC_CLIENT_ID = env.text("CC_CLIENT_ID", "")
CC_CLIENT_SECRET = env.text("CC_CLIENT_SECRET", "")
CC_API_BASE = env.text("CC_API_BASE", "https://api.cc.email/v3").rstrip("/")
CC_AUTHORIZE_URL = env.text("CC_AUTHORIZE_URL", "https://authz.constantcontact.com/oauth2/default/v1/authorize")
CC_TOKEN_URL = env.text("CC_TOKEN_URL", "https://authz.constantcontact.com/oauth2/default/v1/token")
CC_CALLS_PER_SECOND = env.number("CC_CALLS_PER_SECOND", 4)
CC_CALLS_PER_DAY = env.number("CC_CALLS_PER_DAY", 10_000)
# PKCE together with a secret: reports differ (CC reference, section 3.5), so it can be switched off.
CC_PKCE = env.flag("CC_PKCE", default=True)
ALLOW_LOOPBACK = env.flag("CCADMIN_ALLOW_LOOPBACK")

# Seconds and minutes of our own clockwork
SYNC_MINUTES = env.number("CCADMIN_SYNC_MINUTES", 15)
FULL_SWEEP_HOURS = env.number("CCADMIN_FULL_SWEEP_HOURS", 24)
QUIET_SECONDS = env.number("CCADMIN_QUIET_SECONDS", 60)
STALE_SECONDS = env.number("CCADMIN_STALE_SECONDS", 240)
CONFIRM_SECONDS = env.number("CCADMIN_CONFIRM_SECONDS", 30)
POLL_SECONDS = env.number("CCADMIN_POLL_SECONDS", 1)
# What the worker tidies each hour: calls to Constant Contact and runs of the sync, and e-mails that are sent or over.
# The log itself goes to the terminal and is kept by whoever keeps that.
REQUEST_LOG_DAYS = env.number("CCADMIN_REQUEST_LOG_DAYS", 30)
LETTER_DAYS = env.number("CCADMIN_LETTER_DAYS", 90)
# Files that people bring: the largest, in megabytes, and the days that what was in one is kept.
FILE_MB = env.number("CCADMIN_FILE_MB", 150)
FILE_DAYS = env.number("CCADMIN_FILE_DAYS", 14)

# Whoever has this token reads the figures of /metrics; without one there is no such page. Names of accounts are in them
# only when asked for.
METRICS_TOKEN = env.secret("CCADMIN_METRICS_TOKEN")
METRICS_NAMES = env.flag("CCADMIN_METRICS_NAMES")

# What proves the history: the key that signs its checkpoints, and where copies of them go outside the database.
AUDIT_KEY = env.key("CCADMIN_AUDIT_KEY")
AUDIT_OLD_KEYS = env.public_keys("CCADMIN_AUDIT_OLD_KEYS")
CHECKPOINT_DIR = env.text("CCADMIN_CHECKPOINT_DIR", str(VAR_DIR / "checkpoints"))
CHECKPOINT_COMMAND = env.text("CCADMIN_CHECKPOINT_COMMAND", "")

INSTALLED_APPS = [
    "contacts.apps.ContactsConfig",
    "contacts.oauth",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "django_htmx",
    "django_tasks_db",
]
DJANGO_ADMIN = env.flag("CCADMIN_DJANGO_ADMIN")
if DJANGO_ADMIN:
    INSTALLED_APPS.append("django.contrib.admin")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "contacts.middleware.Numbered",
    "contacts.middleware.PrivatePages",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "contacts.middleware.KnowWhoEnters",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "contacts.middleware.SignInAgain",
]

ROOT_URLCONF = "ccadmin.urls"
WSGI_APPLICATION = "ccadmin.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "contacts.views.frame.frame",
            ],
        },
    }
]

DATABASES = {
    "default": env.database(
        env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'ccadmin.sqlite3'}"),
        pool=env.number("CCADMIN_DB_POOL", 0),
        max_age=env.number("CCADMIN_DB_CONN_MAX_AGE", 60),
        behind_bouncer=env.flag("CCADMIN_DB_BOUNCER"),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The limits of sign-ins are counted in it: with Django's 300 entries a crowd of strangers could push them out.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
TASKS = {"default": env.queue(env.text("CCADMIN_QUEUE", "database"))}

AUTH_USER_MODEL = "contacts.User"
AUTHENTICATION_BACKENDS = ["contacts.backends.AccessBackend", "allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "start"
ACCOUNT_ADAPTER = "contacts.oauth.adapter.InviteOnly"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# Seconds for which a sign-in counts as fresh: long enough to fill in a form, too short for a screen left open.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
SOCIALACCOUNT_ADAPTER = "contacts.oauth.adapter.LinkOnly"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = False
# People come by invitation: whoever chose a password has read mail at that address. Else nobody could add a second
# factor.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "ccadmin"
MFA_ADAPTER = "contacts.oauth.factors.SealedFactors"

MESSAGE_STORAGE = "contacts.notices.SealedMessages"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = SECURE_SITE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
# A monitor asks them on the machine itself, where nothing speaks TLS; nothing of anybody is in them.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SITE else 0
# Whether TLS may be asked of every other host of the domain, and for ever, is for the owner of the domain to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
BEHIND_PROXY = env.flag("CCADMIN_BEHIND_PROXY")
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Else everybody behind the proxy would share one limit of sign-ins.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
SECURE_CSP = security.policy(authorize_url=CC_AUTHORIZE_URL)

LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("CCADMIN_TIME_ZONE", "UTC")
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "static/"
STATIC_ROOT = env.text("CCADMIN_STATIC_ROOT", str(VAR_DIR / "static"))
# Empty as long as the finders serve the files; whitenoise wants it to be there.
Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# One code path in development, demo and production: whitenoise serves the finders' files, no collectstatic needed.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

# Alerts, digests and new passwords go out by this; on the terminal unless a server is named.
MAILERS = {"default": env.mailer()}
DEFAULT_FROM_EMAIL = env.text("CCADMIN_FROM_EMAIL", f"ccadmin@{_site.hostname}")

# One line for one thing, as text for people or as JSON for programs; people and accounts stand in it by their keys.
LOGGING = logs.config(form=env.one_of("CCADMIN_LOG_FORMAT", logs.FORMS), level=env.text("CCADMIN_LOG_LEVEL", "INFO"))
