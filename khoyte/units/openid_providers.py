"""Which identity providers people may sign in with: from the environment, none unless set.

`KHOYTE_OIDC=vneid` names them; `KHOYTE_OIDC_VNEID_ISSUER`, `_CLIENT_ID`, `_SECRET_FILE`, `_LABEL`, `_SCOPE`,
`_LEVELS` and `_SUBJECT` describe each (docs/settings.md).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from khoyte.foundation.errors import WrongUsage
from khoyte.foundation.language import Text

_NAME = re.compile(r"[a-z][a-z0-9]{0,30}")
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, repr=False)
class Provider:
    """One provider; `levels` are the assurance levels (acr) that stand for our second step, lowest first."""

    name: str
    label: str
    issuer: str
    client_id: str
    secret_file: str = ""
    scope: str = "openid"
    levels: tuple[str, ...] = ()
    # Whether its subject is the personal number, so that it proves which person is there.
    subject_is_number: bool = False

    def secret(self) -> str:
        """The secret the provider knows us by, read when needed; empty for a public client."""
        return Path(self.secret_file).read_text(encoding="utf-8").strip() if self.secret_file else ""


def providers(environment: Mapping[str, str]) -> dict[str, Provider]:
    """The providers of an environment by name. Raises WrongUsage naming the variable that is wrong."""
    names = [name.strip() for name in environment.get("KHOYTE_OIDC", "").split(",") if name.strip()]
    return {name: _provider(name, environment) for name in names}


def _provider(name: str, environment: Mapping[str, str]) -> Provider:
    if not _NAME.fullmatch(name):
        raise _wrong("KHOYTE_OIDC", name)

    def setting(part: str, otherwise: str | None = None) -> str:
        variable = f"KHOYTE_OIDC_{name.upper()}_{part}"
        written = environment.get(variable, otherwise)
        if not written and otherwise is None:
            raise _wrong(variable, "")
        return written or ""

    issuer = setting("ISSUER")
    if not is_safe(issuer) or urlsplit(issuer).query:
        raise _wrong(f"KHOYTE_OIDC_{name.upper()}_ISSUER", issuer)
    return Provider(
        name=name,
        label=setting("LABEL", "VNeID" if name == "vneid" else name),
        issuer=issuer,
        client_id=setting("CLIENT_ID"),
        secret_file=setting("SECRET_FILE", ""),
        scope=setting("SCOPE", "openid"),
        levels=tuple(level for level in setting("LEVELS", "").split(",") if level),
        subject_is_number=setting("SUBJECT", "") == "personal-number",
    )


def is_safe(address: object) -> bool:
    """An https address, or plain http on this very machine (a twin in development)."""
    if not isinstance(address, str):
        return False
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if "@" in parts.netloc or parts.fragment or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)


def _wrong(variable: str, written: str) -> WrongUsage:
    return WrongUsage(
        Text(
            vi="{variable} thiếu hoặc không đúng: {written}", en="{variable} is missing or wrong: {written}"
        ).fill(variable=variable, written=written or "(trống)"),
        remedy=Text(vi="Xem cách đặt trong docs/settings.md.", en="docs/settings.md says how to set it."),
    )
