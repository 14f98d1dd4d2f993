"""Secrets of the web edge, one file each under KHOYTE_HOME/secrets (mode 0600), made on first use."""

import secrets

from khoyte.foundation.home import folder, write_durably


def secret_text(name: str) -> str:
    """A random text of 64 characters that stays the same for this installation."""
    path = folder("secrets") / name
    if not path.exists():
        write_durably(path, secrets.token_urlsafe(48).encode())
    return path.read_text()
