"""Calls to an identity provider: in time, to the address asked and no other, JSON of a sensible size."""

import json
import time
from typing import Any

import httpx

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.units.openid_providers import Provider

SECONDS = 5.0
KEPT_SECONDS = 600.0
# Whoever sends tokens with invented key ids must not make us ask the provider for each.
_FRESH_AFTER_SECONDS = 10.0
_LONGEST = 256 * 1024
_kept: dict[str, tuple[float, dict[str, Any]]] = {}


class ProviderAway(KhoyteError):
    """The provider does not answer, or not as one does; `why` is a word for the log."""

    code = "provider-away"
    status = 503
    retry = True
    why: str

    def __init__(self, provider: Provider, why: str) -> None:
        super().__init__(
            Text(
                vi="Chưa đăng nhập được qua {label}. Thử lại sau ít phút, hoặc đăng nhập bằng mật khẩu.",
                en="{label} cannot be reached. Try again in some minutes, or use your password.",
            ).fill(label=provider.label),
            why=why,
        )


def get(provider: Provider, address: str, *, fresh: bool = False) -> dict[str, Any]:
    """A JSON document of the provider, kept for ten minutes; `fresh` asks again. Raises ProviderAway."""
    age = time.monotonic() - _kept[address][0] if address in _kept else KEPT_SECONDS
    if age < (_FRESH_AFTER_SECONDS if fresh else KEPT_SECONDS):
        return _kept[address][1]
    document = _call(provider, "GET", address)
    _kept[address] = (time.monotonic(), document)
    return document


def post_form(
    provider: Provider, address: str, form: dict[str, str], login: tuple[str, str] | None
) -> dict[str, Any]:
    """What the provider answers to a form. Raises ProviderAway."""
    return _call(provider, "POST", address, data=form, auth=login)


def forget() -> None:
    """Ask anew with the next call."""
    _kept.clear()


def _call(provider: Provider, method: str, address: str, **more: Any) -> dict[str, Any]:
    until = time.monotonic() + SECONDS
    try:
        # Nothing is followed: an answer from elsewhere is no answer of the provider.
        with (
            httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False) as client,
            client.stream(method, address, headers={"Accept": "application/json"}, **more) as answer,
        ):
            if answer.status_code != 200:
                raise ProviderAway(provider, f"status {answer.status_code}")
            document = json.loads(_body(provider, answer, until))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
        raise ProviderAway(provider, type(error).__name__) from None
    if not isinstance(document, dict):
        raise ProviderAway(provider, "no JSON object")
    return document


def _body(provider: Provider, answer: httpx.Response, until: float) -> bytes:
    body = b""
    for part in answer.iter_bytes():
        body += part
        if len(body) > _LONGEST or time.monotonic() > until:
            raise ProviderAway(provider, "too long")
    return body
