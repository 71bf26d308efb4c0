"""Settings of Studio, all read from the environment (and `.env`); the README lists them in one table.

Every variable has its type and default in `env` below, so that one place says what exists.
"""

import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import Any

import environ

from studio.access.origins import own_origin
from studio.deployments.config import ConfigurationError, parse_deployments

_HOST = r"(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]+)?"
BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env(
    LANGGRAPH_URL=(str, ""),
    LANGGRAPH_API_KEY=(str, ""),
    LANGGRAPH_HEADERS=(str, ""),
    LANGGRAPH_DEPLOYMENTS=(str, ""),
    PORT=(int, 8000),
    ALLOWED_HOSTS=(list, ["localhost", "127.0.0.1", "[::1]"]),
    STUDIO_ORIGINS=(list, []),
    SECRET_KEY=(str, ""),
    DATABASE_URL=(str, ""),
    STUDIO_DATA_DIR=(str, ""),
    STUDIO_READ_ONLY=(bool, False),
    STUDIO_SECURE_COOKIES=(bool, False),
    STUDIO_UPSTREAM_TIMEOUT=(float, 30.0),
    STUDIO_RECORDER=(str, "memory"),
    STUDIO_RECORDER_HOURS=(float, 24.0),
    STUDIO_RECORDER_MB=(float, 32.0),
    STUDIO_RECORDER_EVENTS=(int, 5000),
    STUDIO_LOG_LEVEL=(str, "INFO"),
)
environ.Env.read_env(BASE_DIR / ".env")

DATA_DIR = Path(env("STUDIO_DATA_DIR") or BASE_DIR / ".studio")


def _secret_key() -> str:
    """The configured key, else one made once and kept in the data folder, readable by its owner only."""
    if configured := env("SECRET_KEY"):
        return str(configured)
    file = DATA_DIR / "secret_key"
    key = secrets.token_urlsafe(50)
    try:
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        with open(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as made:
            made.write(key)
    except FileExistsError:
        return file.read_text() or key
    except OSError:  # a read-only disk: a key for this process only
        return key
    return key


def _digest(folder: Path) -> str:
    """A short hash of every file below `folder`: part of the static address, so browsers may cache for ever."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def _recorder() -> str:
    """Where the events of runs are kept. Raises ConfigurationError."""
    place = str(env("STUDIO_RECORDER")).strip().lower()
    if place not in ("memory", "database", "off"):
        raise ConfigurationError(f"STUDIO_RECORDER: memory, database or off is needed, not “{place}”.")
    return place


def _positive(variable: str) -> Any:
    """A number above 0. Raises ConfigurationError."""
    try:
        if 0 < (number := env(variable)) <= 1_000_000_000:
            return number
    except ValueError:
        pass
    raise ConfigurationError(f"{variable}: a number above 0 is needed.")


def _origins() -> list[str]:
    """Where browsers find Studio behind a proxy. Raises ConfigurationError."""
    origins: list[str] = env("STUDIO_ORIGINS")
    for origin in origins:
        scheme, _, host = origin.partition("://")
        if scheme not in ("http", "https") or not re.fullmatch(_HOST, host) or origin != own_origin(scheme, host):
            raise ConfigurationError(
                f"STUDIO_ORIGINS: “{origin}” is no origin. Write it as browsers do, without a path: https://studio.example.com"
            )
    return origins


SECRET_KEY = _secret_key()
DEBUG = False
ALLOWED_HOSTS = env("ALLOWED_HOSTS")
PORT = env("PORT")
STUDIO_ORIGINS = CSRF_TRUSTED_ORIGINS = _origins()

STUDIO_DEPLOYMENTS = parse_deployments(env.ENVIRON)
STUDIO_READ_ONLY = env("STUDIO_READ_ONLY")
STUDIO_UPSTREAM_TIMEOUT = env("STUDIO_UPSTREAM_TIMEOUT")
STUDIO_RECORDER = _recorder()
STUDIO_RECORDER_HOURS = _positive("STUDIO_RECORDER_HOURS")
STUDIO_RECORDER_MB = _positive("STUDIO_RECORDER_MB")
STUDIO_RECORDER_EVENTS = _positive("STUDIO_RECORDER_EVENTS")

INSTALLED_APPS = [
    "daphne",
    "channels",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "template_partials.apps.SimpleAppConfig",
    "studio",
]

MIDDLEWARE = [
    "studio.access.middleware.SecurityHeaders",
    "servestatic.middleware.ServeStaticMiddleware",
    "studio.access.on_the_loop.Common",
    "studio.access.middleware.ExactOrigin",
    "studio.access.on_the_loop.Csrf",
    "studio.access.on_the_loop.Messages",
    "studio.catalog.failures.UpstreamErrors",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "studio.catalog.context.shared",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            ["django.template.loaders.filesystem.Loader"],
                        )
                    ],
                )
            ],
            "builtins": ["template_partials.templatetags.partials", "studio.web.templatetags.studio"],
        },
    }
]

ROOT_URLCONF = "studio.urls"
ASGI_APPLICATION = "studio.asgi.application"
APPEND_SLASH = True

DATABASES = {"default": env.db_url_config(env("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'studio.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }

STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_URL = f"/static/{_digest(BASE_DIR / 'static')}/"
STATIC_ROOT = BASE_DIR / ".static"
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_MAX_AGE = 31536000

MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
CSRF_FAILURE_VIEW = "studio.web.errors.csrf_failure"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = env("STUDIO_SECURE_COOKIES")
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # the form of a state has three for each channel

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("STUDIO_LOG_LEVEL")},
    "loggers": {"studio.audit": {"level": "INFO"}, "httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}},
}
