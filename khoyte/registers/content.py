"""The content of a record as a plain mapping, and its ways into columns, versions, words and hashes.

In a mapping of content days are text (yyyy-mm-dd), whole numbers and yes/no are themselves, no value is None.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from khoyte.foundation.calendar import format_date
from khoyte.foundation.crypto import Keyring, secret_file
from khoyte.foundation.identifiers import mask
from khoyte.foundation.text import fold, person_sort_key, sort_key
from khoyte.registers.declaration import KEY, Declaration, Field, Unique

Content = Mapping[str, Any]
_SEPARATOR = "\x1f"


def keyring() -> Keyring:
    """The keys as they are now: they rotate while the platform runs."""
    path = secret_file()
    return _loaded(path, path.stat().st_mtime_ns) if path.exists() else Keyring.load()


@lru_cache(maxsize=2)
def _loaded(path: Path, changed_at: int) -> Keyring:
    return Keyring.load()


def raw_of(declaration: Declaration, content: Content) -> dict[str, str | None]:
    """Content as the text a form or a file would hold, for `checking.check`."""
    return {name: _as_text(content.get(name)) for name in declaration.by_name}


def _as_text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list | tuple):
        return "; ".join(str(one) for one in value)
    return str(value)


def frame_of(declaration: Declaration, rows: Sequence[Content]) -> pl.DataFrame:
    raws = [raw_of(declaration, row) for row in rows]
    return pl.DataFrame(raws, schema=dict.fromkeys(declaration.by_name, pl.String))


# Columns of the model


def row_values(declaration: Declaration, content: Content) -> dict[str, Any]:
    """Attribute of the model → value, for the declared fields and those worked out from them."""
    found: dict[str, Any] = {}
    for field in declaration.fields:
        value = content.get(field.name)
        if field.sealed:
            found[f"{field.name}_sealed"] = _sealed(declaration, field, value)
            found[f"{field.name}_key"] = blind(field, value)
        elif field.name not in ("facility", "province"):
            found[field.name] = _column_value(field, value)
    for name, work_out in (declaration.computed or {}).items():
        found[name] = work_out(content)
    return found


def _column_value(field: Field, value: Any) -> Any:
    if field.kind == "date":
        return date.fromisoformat(value) if value else None
    if field.kind in ("integer", "boolean"):
        return value
    if field.kind == "list":
        return list(value or [])
    return value or ""


def content_of(declaration: Declaration, record: Any) -> dict[str, Any]:
    """The content of a row of the model, sealed fields opened."""
    found: dict[str, Any] = {}
    for field in declaration.fields:
        if field.sealed:
            found[field.name] = _opened(declaration, field, getattr(record, f"{field.name}_sealed"))
            continue
        value = getattr(record, field.name)
        if isinstance(value, date):
            value = value.isoformat()
        found[field.name] = value if value != "" and value != [] else None
    return found


# Content of versions


VERSION_PURPOSE = "register.version"


def kept_content(declaration: Declaration, content: Content) -> dict[str, Any]:
    """The two columns of a version: open fields, and the sealed ones as one token; empty fields in none."""
    filled = {name: value for name, value in content.items() if value not in (None, "", [])}
    secret = {field.name: filled.pop(field.name) for field in declaration.fields
              if field.sealed and field.name in filled}  # fmt: skip
    token = keyring().seal(orjson.dumps(secret), VERSION_PURPOSE) if secret else None
    return {"content": filled, "content_sealed": token}


def opened_content(declaration: Declaration, version: Any) -> dict[str, Any]:
    """The content of a version, every declared field."""
    found: dict[str, Any] = {name: version.content.get(name) for name in declaration.by_name}
    if version.content_sealed:
        found |= orjson.loads(keyring().open(bytes(version.content_sealed), VERSION_PURPOSE))
    return found


def public_content(declaration: Declaration, content: Content) -> dict[str, Any]:
    return {
        field.name: content[field.name]
        for field in declaration.fields
        if field.public and content.get(field.name) not in (None, "", [])
    }


def _purpose(declaration: Declaration, field: Field) -> str:
    return f"register.{declaration.name}.{field.name}"


def _sealed(declaration: Declaration, field: Field, value: str | None) -> bytes | None:
    return keyring().seal(value.encode(), _purpose(declaration, field)) if value else None


def _opened(declaration: Declaration, field: Field, token: bytes | None) -> str | None:
    return keyring().open(bytes(token), _purpose(declaration, field)).decode() if token else None


# Hashes


@lru_cache(maxsize=1)
def _hash_key() -> bytes:
    return keyring().derive("register.digest")


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16, key=_hash_key()).digest()


def blind(field: Field, value: str | None) -> bytes | None:
    """The keyed hash a sealed value is found by: the same for the same kind of number in every register."""
    return _digest(f"{field.kind}{_SEPARATOR}{value}") if value else None


def found_by(field: Field, value: str, how: str = "") -> dict[str, Any]:
    """The condition of a query for records with this value; of a sealed field by its keyed hash."""
    return {f"{field.name}_key": blind(field, value)} if field.sealed else {f"{field.name}{how}": value}


def blind_number(number: str) -> bytes:
    """The hash of a personal number, as columns `personal_number_key` hold it."""
    return blind_text("personal_number", number)


def blind_text(kind: str, text: str) -> bytes:
    """The keyed hash of a text of some kind; the same text of another kind has another."""
    return _digest(f"{kind}{_SEPARATOR}{text}")


def keyed(what: str, values: Iterable[Any]) -> bytes:
    """A keyed hash of several values, for telling whether they are the same as before."""
    return _digest(f"{what}{_SEPARATOR}{orjson.dumps(list(values)).decode()}")


def key_text(values: Iterable[Any]) -> str:
    """Values of a key in one text: without spaces, marks of case or of letters."""
    return _SEPARATOR.join(fold(str(value or "")).replace(" ", "") for value in values)


def key_digest(declaration: Declaration, content: Content) -> bytes:
    return _digest(
        f"{declaration.name}{_SEPARATOR}" + key_text(content.get(name) for name in declaration.key)
    )


def unique_digest(rule: Unique, content: Content) -> bytes | None:
    """None when a field is empty: such a record is outside the rule."""
    if not all(content.get(name) for name in rule.fields):
        return None
    return _digest(key_text(content[name] for name in rule.fields))


def unique_digests(declaration: Declaration, content: Content) -> dict[str, bytes]:
    """Rule of uniqueness → hash; of the key too, unless all of it is empty."""
    found = {rule.name: unique_digest(rule, content) for rule in declaration.once if rule.name != KEY}
    if declaration.once_by_key and any(content.get(name) for name in declaration.key):
        found[KEY] = key_digest(declaration, content)
    return {name: digest for name, digest in found.items() if digest is not None}


def key_texts(frame: pl.DataFrame, names: Sequence[str]) -> list[str | None]:
    """`key_text` of every row at once; None where one of the fields is empty."""
    folded = [_folded(frame[name]).alias(name) for name in names]
    empty = reduce(lambda left, right: left | right, (frame[name].is_null() for name in names))
    joined = pl.DataFrame(folded).select(pl.concat_str(pl.all(), separator=_SEPARATOR)).to_series()
    return [None if nothing else text for text, nothing in zip(joined, empty, strict=True)]


def _folded(column: pl.Series) -> pl.Series:
    text = column.cast(pl.String).fill_null("")
    plain = text.str.contains(r"^[\x20-\x7e]*$")
    quick = text.str.to_lowercase().str.replace_all(" ", "", literal=True)
    if plain.all():
        return quick
    distinct = text.filter(~plain).unique().to_list()
    slow = {word: fold(word).replace(" ", "") for word in distinct}
    return text.replace(slow) if len(slow) == text.n_unique() else _mixed(text, plain, quick, slow)


def _mixed(text: pl.Series, plain: pl.Series, quick: pl.Series, slow: Mapping[str, str]) -> pl.Series:
    frame = pl.DataFrame({"plain": plain, "quick": quick, "slow": text.replace(slow)})
    return frame.select(pl.when("plain").then("quick").otherwise("slow")).to_series()


def key_digests(declaration: Declaration, frame: pl.DataFrame) -> list[bytes]:
    """`key_digest` of every row; fields that may be empty count as empty text."""
    filled = frame.select(pl.col(name).cast(pl.String).fill_null("") for name in declaration.key)
    head = f"{declaration.name}{_SEPARATOR}"
    return [_digest(head + str(text)) for text in key_texts(filled, declaration.key)]


def unique_digests_of(rule: Unique, frame: pl.DataFrame) -> list[bytes | None]:
    """`unique_digest` of every row."""
    return [None if text is None else _digest(text) for text in key_texts(frame, rule.fields)]


def about_digest(text: str) -> bytes | None:
    """The keyed hash under which published records that belong together are found; None for no text."""
    return _digest(f"about{_SEPARATOR}{text}") if text else None


def content_digest(declaration: Declaration, content: Content) -> bytes:
    kept = {name: content.get(name) for name in declaration.by_name}
    filled = {name: value for name, value in kept.items() if value not in (None, "", [])}
    return _digest(orjson.dumps(filled, option=orjson.OPT_SORT_KEYS).decode())


# Searching, sorting, naming


def words_of(declaration: Declaration, content: Content, *, only_public: bool = False) -> str:
    """The folded words a record is found by, in the text form of PostgreSQL's tsvector."""
    words: set[str] = set()
    for field in declaration.fields:
        value = content.get(field.name)
        if not value or field.sealed or not field.searched or (only_public and not field.public):
            continue
        text = field.labels_by_code[value].vi if value in field.labels_by_code else str(value)
        words |= words_in(text)
    return " ".join(f"'{word}'" for word in sorted(words))


def words_in(text: str) -> set[str]:
    """Folded words of letters and digits: "000001/DEMO-GPHN" is found whole and by its parts."""
    folded = fold(text)
    parts = "".join(sign if sign.isalnum() else " " for sign in folded).split()
    whole = {word for word in folded.replace("'", "").replace("\\", "").split() if len(word) <= 60}
    return {word for word in (*parts, *whole) if word}


def query_of(text: str) -> str:
    """A tsquery: every word of the text begins some word of the record."""
    words = ["".join(sign if sign.isalnum() else " " for sign in fold(text)).split()]
    return " & ".join(f"'{word}':*" for word in words[0][:12])


def sort_key_of(declaration: Declaration, content: Content) -> str:
    first = str(content.get(declaration.title[0]) or "")
    return person_sort_key(first) if declaration.sorted_as == "person" else sort_key(first)


def _shown(field: Field, value: str) -> str:
    """A day as people read it."""
    return format_date(date.fromisoformat(value)) if field.kind == "date" else value


def title_of(declaration: Declaration, content: Content) -> str:
    """What a list or a queue calls the record; sealed fields masked."""
    parts = []
    for name in declaration.title:
        value = content.get(name)
        if not value:
            continue
        field = declaration.by_name[name]
        label = field.labels_by_code.get(value)
        parts.append(mask(value) if field.sealed else label.vi if label else _shown(field, str(value)))
    return " – ".join(parts)[:600]
