"""Sealing of personal data and keyed hashes to look it up by.

An installation holds one secret file (`KHOYTE_SECRET_FILE`, else `KHOYTE_HOME/secret.json`, mode 0600), made
on first use. Whoever loses it loses what is sealed: it belongs in the backup, apart from the data.

Sealing is AES-256-GCM. Every sealed token names its key, so a new key can be added at any time and old tokens
still open; `is_current` tells which ones to seal again. With random nonces one key is good for about four
thousand million tokens (2 to the 32nd; NIST SP 800-38D, 8.3), far above what is sealed between two rotations.

Look-up hashes and derived secrets hang on a root that is not rotated with the sealing keys: changing it would
mean to compute every stored hash again.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.home import home, write_durably
from khoyte.foundation.language import Text

PERSON = "person"
"""Purpose of the look-up hash of a personal number, wherever a person is looked for."""

_VERSION = 1
_KEY_BYTES = 32
_NONCE_BYTES = 12


class SealBroken(KhoyteError):
    """A sealed token that does not open: damaged, for another purpose, or sealed with a key not held here."""

    code = "seal-broken"
    exit_status = 1


class SecretUnreadable(KhoyteError):
    """The secret file is there but cannot be used."""

    code = "secret-unreadable"


@dataclass(frozen=True, repr=False)
class Keyring:
    """Sealing keys by id, the id of the current one, and the root of look-up hashes and derived secrets."""

    current: str
    keys: dict[str, bytes]
    root: bytes

    @classmethod
    def load(cls, folder: Path | None = None) -> "Keyring":
        """The keyring of this installation (of the home `folder` where given), made where there is none."""
        path = secret_file(folder)
        if not path.exists():
            _write_if_absent(path, cls.make())
        return _read(path)

    @classmethod
    def held(cls) -> "Keyring":
        """The keyring of this installation, read again only when its file has changed: for long processes."""
        path = secret_file()
        if not path.exists():
            return cls.load()
        written = path.stat()
        return _read_once(path, written.st_mtime_ns, written.st_ino)

    @classmethod
    def load_file(cls, path: Path) -> "Keyring":
        """The keyring in a secret file that is there. Raises SecretUnreadable."""
        return _read(path)

    @classmethod
    def make(cls) -> "Keyring":
        """A keyring of fresh random keys."""
        return cls("1", {"1": secrets.token_bytes(_KEY_BYTES)}, root=secrets.token_bytes(_KEY_BYTES))

    def rotated(self) -> "Keyring":
        """The same keyring with a fresh current key; earlier keys still open what they sealed."""
        newest = str(max(map(int, self.keys)) + 1)
        return Keyring(newest, {**self.keys, newest: secrets.token_bytes(_KEY_BYTES)}, self.root)

    def without_old_keys(self) -> "Keyring":
        """Only the current key; what earlier ones sealed never opens again."""
        return Keyring(self.current, {self.current: self.keys[self.current]}, self.root)

    def save(self, folder: Path | None = None) -> None:
        """Replace the secret file by this keyring, durably."""
        write_durably(secret_file(folder), self._as_json())

    def seal(self, plain: bytes, purpose: str = "") -> bytes:
        """An authenticated ciphertext that only `open` with the same purpose opens.

        The purpose (such as "person.number") keeps a token from being moved to another column.
        """
        head = bytes([_VERSION, len(self.current)]) + self.current.encode("ascii")
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return head + nonce + _cipher(self.keys[self.current]).encrypt(nonce, plain, head + purpose.encode())

    def open(self, token: bytes, purpose: str = "") -> bytes:
        """The sealed bytes; raises SealBroken for anything but a whole token of this purpose and keyring."""
        head, body = _split(token)
        key = self.keys.get(head[2:].decode("ascii", errors="replace"))
        if key is None or len(body) < _NONCE_BYTES:
            raise SealBroken(_SEAL_BROKEN)
        try:
            return _cipher(key).decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], head + purpose.encode())
        except InvalidTag as wrong:
            raise SealBroken(_SEAL_BROKEN) from wrong

    def is_current(self, token: bytes) -> bool:
        """Whether a token was sealed with the current key; if not, open it and seal it again."""
        head, _body = _split(token)
        return head[2:] == self.current.encode("ascii")

    def blind(self, value: str | bytes, purpose: str) -> bytes:
        """A keyed hash (HMAC-SHA256, 32 bytes) to find a value by without storing it in the clear.

        The same value gives unrelated hashes for different purposes.
        """
        written = value.encode() if isinstance(value, str) else value
        return hmac.new(self.derive(f"blind:{purpose}"), written, hashlib.sha256).digest()

    def derive(self, purpose: str) -> bytes:
        """A secret of 32 bytes for one purpose (sessions, tokens, webhooks), always the same here."""
        return _derived(self.root, purpose)

    def _as_json(self) -> bytes:
        keys = {name: base64.b64encode(key).decode() for name, key in self.keys.items()}
        written = {"current": self.current, "keys": keys, "root": base64.b64encode(self.root).decode()}
        return json.dumps(written, indent=1).encode()


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    """Setting a key up costs more than sealing a number with it."""
    return AESGCM(key)


@lru_cache(maxsize=64)
def _derived(root: bytes, purpose: str) -> bytes:
    return hmac.new(root, purpose.encode(), hashlib.sha256).digest()


def secret_file(folder: Path | None = None) -> Path:
    """Where the secret file of this installation lies, or of the home `folder` where given."""
    chosen = os.environ.get("KHOYTE_SECRET_FILE")
    if folder is None and chosen:
        return Path(chosen).expanduser().absolute()
    return (folder or home()) / "secret.json"


def _write_if_absent(path: Path, keyring: Keyring) -> None:
    # Two processes may start at once: whoever links first wins, and both read the winner's file.
    own = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    write_durably(own, keyring._as_json())
    try:
        os.link(own, path)
    except FileExistsError:
        pass
    finally:
        own.unlink()


@lru_cache(maxsize=4)
def _read_once(path: Path, _written_at: int, _inode: int) -> Keyring:
    return _read(path)


def _read(path: Path) -> Keyring:
    try:
        written = json.loads(path.read_bytes())
        keys = {name: base64.b64decode(key, validate=True) for name, key in written["keys"].items()}
        keyring = Keyring(written["current"], keys, base64.b64decode(written["root"], validate=True))
        lengths = {len(key) for key in (*keys.values(), keyring.root)}
        if keyring.current not in keys or lengths != {_KEY_BYTES}:
            raise ValueError("incomplete keys")
    except (ValueError, KeyError, TypeError, AttributeError, OSError, binascii.Error) as wrong:
        # The cause is cut off: it may quote the file.
        raise SecretUnreadable(
            _SECRET_UNREADABLE.fill(file=path.name, reason=type(wrong).__name__),
            remedy=_SECRET_REMEDY,
            path=path,
        ) from None
    return keyring


def _split(token: bytes) -> tuple[bytes, bytes]:
    """Head (version, length, key id) and the rest of a token."""
    if len(token) < 2 or token[0] != _VERSION:
        raise SealBroken(_SEAL_BROKEN)
    end = 2 + token[1]
    return token[:end], token[end:]


_SEAL_BROKEN = Text(
    vi="Dữ liệu đã mã hóa không mở được: bị hỏng, hoặc được mã hóa bằng khóa mà hệ thống này không giữ.",
    en="Sealed data does not open: it is damaged, or was sealed with a key this installation does not hold.",
)
_SECRET_UNREADABLE = Text(
    vi="Không dùng được tệp khóa bí mật {file} ({reason}).",
    en="The secret file {file} cannot be used ({reason}).",
)
_SECRET_REMEDY = Text(
    vi="Khôi phục tệp từ bản sao lưu; không tạo tệp mới, vì dữ liệu đã mã hóa sẽ không mở được.",
    en="Restore it from the backup; do not make a new one, or what is sealed stays closed.",
)
