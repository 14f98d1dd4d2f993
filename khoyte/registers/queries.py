"""Reads of registers. Tenants are kept apart by the caller's transaction (`units.tenancy`)."""

import base64
import binascii
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from khoyte.foundation.calendar import today
from khoyte.foundation.identifiers import mask
from khoyte.foundation.language import Text
from khoyte.registers import content as contents
from khoyte.registers import tallies
from khoyte.registers.declaration import Declaration
from khoyte.registers.errors import UnknownRecord, WrongRequest
from khoyte.registers.known import Register, register, registers
from khoyte.registers.ladder import State
from khoyte.registers.models import Case, Document, Draft, Evidence, Published, Record, Step, Version
from khoyte.units import queries as units
from khoyte.units.policy import Actor, Facts, decide
from khoyte.units.takeovers import said_of

PAGE = 100
LARGEST_PAGE = 500
UNSENT = (State.DRAFT.value, State.RETURNED.value, State.IN_REVIEW.value)
UNCONFIRMED = "unconfirmed"
"""Asked as a state: all of UNSENT."""
RUNNING, ENDED, COMING = "dang", "het", "chua"
"""Asked as a time, of registers whose records hold for a period: what holds today, did before, will later."""
UNMASKED_KINDS = ("facility", "province", "ministry")
"""Units whose officers and machines are shown sealed numbers of records they may see; others get masks."""


@dataclass(frozen=True)
class Asked:
    """A search: words, declared filters, where in its period, and the two times. Empty: all, now."""

    words: str = ""
    filters: Mapping[str, str] | None = None
    state: str = ""
    when: str = ""
    as_of: date | None = None
    as_known_at: datetime | None = None

    @property
    def looks_back(self) -> bool:
        return self.as_of is not None or self.as_known_at is not None


def record_of(register: Register, id: str | uuid.UUID, actor: Actor) -> Record:
    """The record the actor may read. Raises UnknownRecord for not there and not yours alike."""
    try:
        key = uuid.UUID(str(id))
    except ValueError:
        raise UnknownRecord from None
    found = register.model.objects.filter(pk=key).first()
    if found is None:
        raise UnknownRecord
    if not may_read(actor, found):
        raise UnknownRecord
    return found


def facts_of(record: Record, actor: Actor) -> Facts:
    """Whose a record is; of a register of persons also about whom.

    For a department also whether the authority over the facility is shared with it.
    """
    key = getattr(record, "personal_number_key", None)
    shared = units.shared_with(record.facility) if actor.unit_kind == "department" else ""
    person = bytes(key).hex() if key else ""
    return Facts(facility=record.facility, province=record.province, person=person, shared=shared)


def may_read(actor: Actor, record: Record) -> bool:
    """As a unit whose record it is, or as the person it is about."""
    facts = facts_of(record, actor)
    return bool(decide(actor, "register.read", facts)) or bool(decide(actor, "register.own_read", facts))


def visible(register: Register, actor: Actor) -> QuerySet[Record]:
    """The rows of the actor's unit, said to the database so that it can use its indexes."""
    rows = register.model.objects.all()
    if actor.facility:
        return rows.filter(facility__in=actor.units)
    return rows.filter(province__in=actor.provinces) if actor.unit_kind == "province" else rows


def numbers(register: Register, actor: Actor) -> tuple[int, int]:
    """(records that are not withdrawn, those of them on their way to being confirmed) of the actor's unit."""
    if tallies.of_offices(actor):
        standing = [state.value for state in State if state != State.WITHDRAWN]
        return (
            tallies.records(register.name, actor, state__in=standing),
            tallies.records(register.name, actor, state__in=UNSENT),
        )
    rows = visible(register, actor).exclude(state=State.WITHDRAWN.value)
    return rows.count(), rows.filter(state__in=UNSENT).count()


def drafts(register: Register, actor: Actor) -> int:
    """How many records of the actor's unit nobody has sent for review yet."""
    if tallies.of_offices(actor):
        return tallies.records(register.name, actor, state=State.DRAFT.value)
    return visible(register, actor).filter(state=State.DRAFT.value).count()


def search(register: Register, asked: Asked, actor: Actor) -> QuerySet[Record]:
    """Current records, in the order of their sort key."""
    rows = visible(register, actor)
    if asked.words:
        rows = _with_words(register, rows, asked.words, actor)
    for name, value in (asked.filters or {}).items():
        rows = rows.filter(**_filter(register.declaration, name, value))
    if asked.state:
        rows = rows.filter(state__in=states_of(asked.state))
    if asked.when:
        rows = rows.filter(_in_period(register.declaration, asked.when, today()))
    return rows.order_by("sort_key", "id")


def _in_period(declaration: Declaration, when: str, day: date) -> Q:
    """Both days of a period are included; without a last day it has no end."""
    if declaration.valid_time is None:
        return Q()
    first, last = declaration.valid_time
    if when == COMING:
        return Q(**{f"{first}__gt": day})
    if when == ENDED:
        return Q(**{f"{last}__lt": day})
    return Q(**{f"{first}__lte": day}) & (Q(**{last: None}) | Q(**{f"{last}__gte": day}))


def states_of(asked: str) -> tuple[str, ...]:
    return UNSENT if asked == UNCONFIRMED else (asked,)


def _with_words(register: Register, rows: QuerySet[Record], words: str, actor: Actor) -> QuerySet[Record]:
    """Rows with all of the words; where these are the whole number of somebody, the rows about them."""
    query = contents.query_of(words)
    if not query:
        return rows.none()
    about = _of_number(register, rows, words)
    if about is not None:
        return about
    if actor.kind == "system":  # whom no wall keeps from the index
        return rows.alias(found=RawSQL("words @@ %s::tsquery", [query])).filter(found=True)
    found = RawSQL("SELECT khoyte_search(%s, %s::tsquery, '', FALSE, 0, NULL)", [register.name, query])
    return rows.filter(pk__in=found)


def _of_number(register: Register, rows: QuerySet[Record], words: str) -> QuerySet[Record] | None:
    """Rows with a sealed number written out in full; None where there is none."""
    number = "".join(words.split())
    sealed = [field for field in register.declaration.fields if field.sealed]
    if not number.isdigit() or not sealed:
        return None
    exact = Q()
    for field in sealed:
        exact |= Q(**{f"{field.name}_key": contents.blind(field, number)})
    found = rows.filter(exact)
    return found if found.exists() else None


_FOUND = "SELECT khoyte_search(%s, %s::tsquery, %s, TRUE, %s, %s)"
MOST_COUNTED = 10_000
"""Counting all that a common word finds costs more than the page: beyond this it is "more than"."""


# What was found for the count is put in order at once, where it is not too much: looking words up costs most.
_FOUND_OF_FEW = """
WITH found AS MATERIALIZED (SELECT id FROM khoyte_search(%s, %s::tsquery, %s, FALSE, 0, %s) AS id),
counted AS MATERIALIZED (SELECT count(*) AS number FROM found),
page AS (
    SELECT r.id, r.sort_key FROM {table} r JOIN found ON found.id = r.id
    WHERE (SELECT number FROM counted) <= %s ORDER BY r.sort_key, r.id OFFSET %s LIMIT %s)
SELECT counted.number, page.id FROM counted LEFT JOIN page ON TRUE ORDER BY page.sort_key, page.id
"""


def listed(register: Register, asked: Asked, actor: Actor, first: int, size: int) -> tuple[list[Record], int]:
    """(`size` records from place `first` on, how many there are: at most MOST_COUNTED and one).

    Of a search now by words and state: what a page shows.
    """
    query = contents.query_of(asked.words)
    rows = search(register, asked, actor)
    one_state = asked.state != UNCONFIRMED  # all that the function of the database asks for
    if (
        not one_state
        or not query
        or asked.when
        or asked.filters
        or actor.kind == "system"
        or _of_number(register, visible(register, actor), asked.words)
    ):
        return list(rows[first : first + size]), _counted(register, asked, actor, rows)
    with connection.cursor() as cursor:
        few = _FOUND_OF_FEW.format(table=register.model._meta.db_table)
        cursor.execute(few, [register.name, query, asked.state, MOST_COUNTED + 1, MOST_COUNTED, first, size])
        rows_of_few = cursor.fetchall()
        count, ids = rows_of_few[0][0], [row[1] for row in rows_of_few if row[1]]
        if count > MOST_COUNTED:
            cursor.execute(_FOUND, [register.name, query, asked.state, first, size])
            ids = [row[0] for row in cursor.fetchall()]
    found = visible(register, actor).in_bulk(ids)
    return [found[id] for id in ids if id in found], count


def _counted(register: Register, asked: Asked, actor: Actor, rows: QuerySet[Record]) -> int:
    if tallies.of_offices(actor) and not (asked.words or asked.filters or asked.when):
        only = {"state__in": states_of(asked.state)} if asked.state else {}
        return min(tallies.records(register.name, actor, **only), MOST_COUNTED + 1)
    # In no order: else the count walks the list's index and fetches every row from another place.
    return rows.order_by().values("pk")[: MOST_COUNTED + 1].count()


def _filter(declaration: Declaration, name: str, value: str) -> dict[str, Any]:
    if name not in declaration.by_name:  # whose record it is, of a register that has no such field
        return {name: value}
    field = declaration.by_name[name]
    if field.sealed:
        return {f"{name}_key": contents.blind(field, "".join(value.split()))}
    if field.kind == "boolean":
        return {name: value in ("1", "true", "True")}
    if field.kind == "code":
        return {name: field.codes_by_writing.get(contents.fold(value), value)}
    return {name: value}


def filters_of(declaration: Declaration) -> list[str]:
    """Names a search may filter by: what is declared so, and every field of the key."""
    declared = [field.name for field in declaration.fields if field.filtered or field.name in declaration.key]
    names = dict.fromkeys([*declared, "facility", "province"])
    return [name for name in names if name in declaration.by_name or name in ("facility", "province")]


def names_of(declaration: Declaration, found: Sequence[Mapping[str, Any]]) -> list[str]:
    """What each content is called by the record it points to (`named_by`); "" where there is none to see."""
    if not declaration.named_by:
        return [""] * len(found)
    other = register(declaration.by_name[declaration.named_by].references)
    keys = [
        contents.key_digest(other.declaration, {other.declaration.key[0]: one.get(declaration.named_by)})
        for one in found
    ]
    rows = other.model.objects.filter(key_digest__in=keys).exclude(state="withdrawn")
    first = other.declaration.title[0]
    names = {bytes(row.key_digest): str(getattr(row, first)) for row in rows}
    return [names.get(key, "") for key in keys]


def name_of(declaration: Declaration, content: Mapping[str, Any]) -> str:
    """The heading of a record: by the record it points to, else by its own first title field."""
    pointed = names_of(declaration, [content])[0]
    return pointed or contents.title_of(declaration, content)


# As the API says it


def shown(declaration: Declaration, content: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """Content as the actor may see it."""
    if actor.kind == "system" or actor.unit_kind in UNMASKED_KINDS:
        return dict(content)
    sealed = {field.name for field in declaration.fields if field.sealed}
    return {name: mask(value) if name in sealed and value else value for name, value in content.items()}


def document(register: Register, record: Record, actor: Actor) -> dict[str, Any]:
    content = contents.content_of(register.declaration, record)
    return {
        "id": str(record.pk),
        "register": register.name,
        "version": record.version,
        "state": record.state,
        "review_level": record.level or None,
        "confirmed_version": record.confirmed_version,
        "recorded_at": record.recorded_at.isoformat(),
        "facility": record.facility or None,
        "province": record.province or None,
        **shown(register.declaration, content, actor),
    }


def version_document(register: Register, version: Version, actor: Actor) -> dict[str, Any]:
    content = contents.opened_content(register.declaration, version)
    return {
        "id": str(version.record),
        "register": register.name,
        "version": version.number,
        "recorded_at": version.recorded_at.isoformat(),
        "effective_from": version.effective_from.isoformat(),
        "facility": version.facility or None,
        "province": version.province or None,
        **shown(register.declaration, content, actor),
    }


def page(
    register: Register, asked: Asked, actor: Actor, *, cursor: str = "", size: int = PAGE
) -> tuple[list[dict[str, Any]], int | None, str | None]:
    """(records, total, next cursor) of a search."""
    if asked.looks_back:
        return _page_back_then(register, asked, actor, cursor, size)
    rows = search(register, asked, actor)
    total = rows.count()
    found = list(_after(rows, cursor)[: size + 1])
    following = _cursor(found[size - 1].sort_key, found[size - 1].pk) if len(found) > size else None
    return [document(register, row, actor) for row in found[:size]], total, following


def _after(rows: QuerySet[Record], cursor: str) -> QuerySet[Record]:
    if not cursor:
        return rows
    sort_key, id = read_cursor(cursor)
    return rows.filter(Q(sort_key__gt=sort_key) | Q(sort_key=sort_key, id__gt=id))


def _cursor(sort_key: str, id: uuid.UUID) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([sort_key, str(id)])).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[str, uuid.UUID]:
    """Raises WrongRequest for what is no cursor of ours."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        sort_key, id = orjson.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        return str(sort_key), uuid.UUID(id)
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise WrongRequest(
            Text(vi="Dấu trang của danh sách không còn dùng được.", en="This cursor cannot be used."),
            status=422,
        ) from None


# As it was: on a day, as known at a moment

_BACK_THEN = """
WITH known AS (
    SELECT DISTINCT ON (record) v.*
    FROM register_version v
    WHERE register = %(register)s
      AND (%(known_at)s::timestamptz IS NULL OR recorded_at <= %(known_at)s)
      AND (%(plain_day)s::date IS NULL OR effective_from <= %(plain_day)s)
      AND (%(facility)s = '' OR facility = %(facility)s OR facility = ANY(%(before)s))
      AND (%(province)s = '' OR province = %(province)s OR province = ANY(%(before)s))
    ORDER BY record, effective_from DESC, number DESC
)
SELECT id FROM known
WHERE (%(from_field)s = '' OR %(day)s::date IS NULL OR (
        coalesce(content->>%(from_field)s, '0001-01-01') <= %(day)s::date::text
        AND coalesce(content->>%(to_field)s, '9999-12-31') >= %(day)s::date::text))
  AND (%(query)s = '' OR words @@ nullif(%(query)s, '')::tsquery)
  AND (%(filters)s::jsonb = '{}' OR content @> %(filters)s::jsonb)
  AND (sort_key, record) > (%(after_key)s, %(after_id)s::uuid)
ORDER BY sort_key, record LIMIT %(size)s
"""


def _page_back_then(
    register: Register, asked: Asked, actor: Actor, cursor: str, size: int
) -> tuple[list[dict[str, Any]], int | None, str | None]:
    after_key, after_id = read_cursor(cursor) if cursor else ("", uuid.UUID(int=0))
    ids = _version_ids(register, asked, actor, after_key=after_key, after_id=after_id, size=size + 1)
    by_id = Version.objects.in_bulk(ids)
    found = [by_id[id] for id in ids]
    following = _cursor(found[size - 1].sort_key, found[size - 1].record) if len(found) > size else None
    return [version_document(register, row, actor) for row in found[:size]], None, following


def _version_ids(
    register: Register, asked: Asked, actor: Actor, *, after_key: str, after_id: uuid.UUID, size: int
) -> list[int]:
    valid_from, valid_to = register.declaration.valid_time or ("", "")
    plain: dict[str, Any] = {}
    for name, value in (asked.filters or {}).items():
        if name in register.declaration.by_name and not register.declaration.by_name[name].sealed:
            plain |= _filter(register.declaration, name, value)
    with connection.cursor() as executed:
        executed.execute(
            _BACK_THEN,
            {
                "register": register.name,
                "known_at": asked.as_known_at,
                "day": asked.as_of,
                # What has a period of its own holds for that period, whenever it was recorded.
                "plain_day": None if valid_from else asked.as_of,
                "from_field": valid_from,
                "to_field": valid_to,
                "facility": actor.facility,
                "before": list(actor.before),
                "province": actor.province if actor.unit_kind == "province" else "",
                "query": contents.query_of(asked.words) if asked.words else "",
                "filters": orjson.dumps(plain).decode(),
                "after_key": after_key,
                "after_id": after_id,
                "size": size,
            },
        )
        return [row[0] for row in executed.fetchall()]


def version_back_then(record: Record, as_of: date | None, as_known_at: datetime | None) -> Version | None:
    """The version of one record that held on a day, as known at a moment; None: none did."""
    rows = Version.objects.filter(record=record.pk)
    if as_known_at is not None:
        rows = rows.filter(recorded_at__lte=as_known_at)
    if as_of is not None:
        rows = rows.filter(effective_from__lte=as_of)
    return rows.order_by("-effective_from", "-number").first()


# History


def versions(record: Record) -> Sequence[Version]:
    """Newest first."""
    return list(Version.objects.filter(record=record.pk).order_by("-number"))


def documents_of(declaration: Declaration, record: Record) -> QuerySet[Document]:
    """The documents of all versions of a record, without their content."""
    if not declaration.documents:
        return Document.objects.none()
    return Document.objects.filter(record=record.pk).defer("content_sealed")


def steps(record: Record) -> Sequence[Step]:
    return list(Step.objects.filter(record=record.pk).order_by("-id"))


def proofs(record: Record) -> dict[str, Evidence]:
    """Per field, the newest attestation of its present value."""
    last_changed: dict[str, int] = {}
    for version in reversed(versions(record)):
        last_changed |= dict.fromkeys(version.changed, version.number)
    found: dict[str, Evidence] = {}
    for evidence in Evidence.objects.filter(record=record.pk).order_by("id"):
        for name in evidence.fields:
            if evidence.version >= last_changed.get(name, 0):
                found[name] = evidence
    return found


def history_document(register: Register, record: Record, actor: Actor) -> dict[str, Any]:
    return {
        "id": str(record.pk),
        "register": register.name,
        "versions": [
            {
                "version": row.number,
                "recorded_at": row.recorded_at.isoformat(),
                "recorded_by": row.recorded_by,
                "unit": row.recorded_unit,
                "source": row.source,
                "effective_from": row.effective_from.isoformat(),
                "changed": row.changed,
                "content": shown(
                    register.declaration,
                    contents.opened_content(register.declaration, row),
                    actor,
                ),
            }
            for row in versions(record)
        ],
        "steps": [
            {
                "at": row.at.isoformat(),
                "act": row.act,
                "level": row.level or None,
                "state": row.state,
                "version": row.version,
                "by": row.by,
                "unit": row.by_unit,
                "reasons": row.reasons,
            }
            for row in steps(record)
        ],
    }


# Work waiting, forms begun


def waiting_cases(actor: Actor) -> QuerySet[Case]:
    """Open cases that stand at a level the actor's role acts on, the most urgent first."""
    rows = Case.objects.filter(closed_at=None, level__in=levels_of(actor))
    if actor.facility:
        rows = rows.filter(facility__in=actor.units)
    elif actor.unit_kind == "department":
        rows = rows.filter(facility__in=units.facilities_shared_with(actor.unit_code))
    else:
        rows = rows.filter(province__in=actor.provinces)
    return rows.order_by("due_on", "id")


def levels_of(actor: Actor) -> set[str]:
    """Names of the levels of review on which the actor's role acts."""
    ladders = (one.declaration.ladder for one in registers())
    return {level.name for ladder in ladders for level in ladder if actor.role in level.acting}


def case_of(id: uuid.UUID) -> Case:
    """The case, as far as the transaction's speaker may see it. Raises UnknownRecord."""
    found = Case.objects.filter(pk=id).first()
    if found is None:
        raise UnknownRecord
    return found


def cases_of(ids: Sequence[str]) -> QuerySet[Case]:
    """These cases, as far as the transaction's speaker may see them, the most urgent first."""
    return Case.objects.filter(pk__in=ids).order_by("due_on", "id")


def case_to_review(id: uuid.UUID, actor: Actor) -> Case:
    """A case of records the actor reviews, whatever its state. Raises UnknownRecord for any other."""
    found = case_of(id)
    record = register(found.register).model.objects.filter(pk=found.record).first()
    if record is None or not decide(actor, "register.review", facts_of(record, actor)):
        raise UnknownRecord
    return found


def open_case(record: Record) -> Case | None:
    return Case.objects.filter(record=record.pk, closed_at=None, kind="review").first()


def confirmed_version(record: Record) -> Version | None:
    """The version in force; None when nothing ever was confirmed."""
    if record.confirmed_version is None:
        return None
    return Version.objects.filter(record=record.pk, number=record.confirmed_version).first()


def drafts_of(account: str, register: str, record: uuid.UUID | None) -> QuerySet[Draft]:
    """What an account has begun to type: of a new record when `record` is None."""
    return Draft.objects.filter(account=account, register=register, record=record)


# What the public may read


# The words are asked for first: led by the order, the planner would read the register from its beginning.
_PUBLISHED = """
WITH found AS MATERIALIZED (
    SELECT record, sort_key FROM register_published WHERE register = %s AND words @@ %s::tsquery
)
SELECT p.* FROM register_published p
JOIN (SELECT record FROM found ORDER BY sort_key, record LIMIT %s) f ON f.record = p.record
ORDER BY p.sort_key, p.record
"""


def published(register: str, query: str, most: int) -> list[Published]:
    """Published records that have all words of the query (`content.query_of`), so many at most."""
    return list(Published.objects.raw(_PUBLISHED, [register, query, most]))


def published_about(register: str, text: str) -> list[Published]:
    """Published records that belong together by `Declaration.published_about`, in no order."""
    return list(Published.objects.filter(register=register, about=contents.about_digest(text)))


def published_beside(row: Published, register: str) -> list[Published]:
    """What another register publishes about the same person or thing as `row`, in no order."""
    return list(Published.objects.filter(register=register, about=row.about)) if row.about else []


UNHELD = Text(
    vi="Không có hồ sơ nào trong sổ “{register}” mà ông/bà được xem mang {field} {value}. Kiểm tra lại số.",
    en='No record of "{register}" that you may see has the {field} {value}. Check the number.',
)


def unheld(declaration: Declaration, content: Mapping[str, Any]) -> list[Text]:
    """A warning where the record follows one that is not there, as far as the reader sees."""
    follows = declaration.follows
    value = str(content.get(follows.field) or "").strip() if follows else ""
    if follows is None or not value:
        return []
    other = register(follows.register)
    rows = other.model.objects.exclude(state=State.WITHDRAWN.value)
    their_field = other.declaration.by_name[follows.their_field]
    if rows.filter(**contents.found_by(their_field, value, "__iexact")).exists():
        return []
    own = declaration.by_name[follows.field]
    shown = mask(value) if own.sealed else value
    return [UNHELD.fill(register=other.declaration.label, field=own.label, value=shown)]


def takeovers(declaration: Declaration, contents: Sequence[Mapping[str, Any]]) -> dict[str, list[Text]]:
    """Of a register of facilities: code → the mergers to tell of. Of others nothing."""
    if not declaration.of_facilities:
        return {}
    return said_of({str(content.get(declaration.facility_from) or "") for content in contents})


def published_record(register: str, id: uuid.UUID) -> Published:
    """Raises UnknownRecord for what is not published."""
    found = Published.objects.filter(register=register, record=id).first()
    if found is None:
        raise UnknownRecord
    return found
