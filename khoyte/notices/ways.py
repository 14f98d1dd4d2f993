"""Which ways out an installation has: from the environment, none unless set.

`KHOYTE_MAIL=smtp://relay:25` (`smtps://` for TLS from the start, `smtp+starttls://`), `KHOYTE_SMS` and
`KHOYTE_ZALO` the addresses of gateways; `_TOKEN_FILE`, `_NETWORKS` belong to each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from khoyte.foundation.errors import WrongUsage
from khoyte.foundation.language import Text
from khoyte.links import destinations

_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


@dataclass(frozen=True, repr=False)
class Relay:
    """A mail relay; the password is read when needed."""

    host: str
    port: int
    security: str  # "smtp" | "smtps" | "smtp+starttls"
    sender: str
    username: str = ""
    password_file: str = ""

    def password(self) -> str:
        return Path(self.password_file).read_text(encoding="utf-8").strip() if self.password_file else ""


def ways(environment: Mapping[str, str]) -> dict[str, Any]:
    """Channel -> its relay or place. Raises WrongUsage naming the variable that is wrong."""
    found: dict[str, Any] = dict(destinations.places(environment, ("sms", "zalo")))
    written = environment.get("KHOYTE_MAIL", "").strip()
    if written:
        found["email"] = _relay(written, environment)
    return found


def _relay(written: str, environment: Mapping[str, str]) -> Relay:
    try:
        parts = urlsplit(written)
        port = parts.port or _PORTS[parts.scheme]
        host = parts.hostname or ""
    except (ValueError, KeyError):
        host, port = "", 0
    if not host or "@" in written:
        raise WrongUsage(
            Text("KHOYTE_MAIL không đúng.", "KHOYTE_MAIL is wrong."),
            remedy=Text(
                "Ghi như smtp://may-chu:25, smtps:// hoặc smtp+starttls://; tài khoản ở KHOYTE_MAIL_USER.",
                "Write it like smtp://relay:25, smtps:// or smtp+starttls://; the user is KHOYTE_MAIL_USER.",
            ),
        )
    return Relay(
        host,
        port,
        parts.scheme,
        environment.get("KHOYTE_MAIL_FROM") or f"khoyte@{host}",
        environment.get("KHOYTE_MAIL_USER", ""),
        environment.get("KHOYTE_MAIL_PASSWORD_FILE", ""),
    )
