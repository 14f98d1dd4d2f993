"""Storage of registers: one table per register made from its declaration, and what all of them share.

`facility` and `province` of every tenant table are whose the row is; row-level security looks at them.
"""

import uuid
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Value
from django.db.models.functions import Now

from khoyte.foundation.time_ordered import time_ordered_id
from khoyte.registers.declaration import Declaration, Field
from khoyte.registers.ladder import State

STATES = [(state.value, state.value) for state in State]


class Record(models.Model):
    """What every record of every register has beside its own columns.

    `confirmed_version` is the version in force (null: never confirmed). `key_digest` and `content_digest` are
    keyed hashes of the key and of the whole content. `words` are the folded words a search finds it by.
    """

    id = models.UUIDField(primary_key=True, default=time_ordered_id)
    facility = models.CharField(max_length=20, blank=True, db_column="facility")
    province = models.CharField(max_length=10, blank=True)
    version = models.IntegerField(default=1)
    confirmed_version = models.IntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=STATES, default=State.DRAFT.value)
    level = models.CharField(max_length=20, blank=True, default="")
    key_digest = models.BinaryField(max_length=16)
    content_digest = models.BinaryField(max_length=16)
    words = SearchVectorField()
    sort_key = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.CharField(max_length=150)

    objects: "ClassVar[models.Manager[Any]]"

    class Meta:
        abstract = True


class Version(models.Model):
    """The content of a record as recorded once, in record time (`recorded_at`) and from a day on.

    `content_sealed` holds the sealed fields as one token. `changed` names the fields that differ from the
    version before.
    """

    id = models.BigAutoField(primary_key=True)
    register = models.CharField(max_length=40)
    record = models.UUIDField()
    number = models.IntegerField()
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    content = models.JSONField()
    content_sealed = models.BinaryField(null=True, blank=True)
    changed = ArrayField(models.CharField(max_length=60))
    words = SearchVectorField()
    sort_key = models.TextField()
    effective_from = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.CharField(max_length=150)
    recorded_unit = models.CharField(max_length=20, blank=True)
    on_behalf_of = models.CharField(max_length=150, blank=True, default="", db_default="")
    source = models.CharField(max_length=12)  # form, api, import, command

    class Meta:
        db_table = "register_version"
        constraints = [
            models.UniqueConstraint(fields=["record", "number"], name="register_version_once"),
        ]
        indexes = [
            models.Index(fields=["register", "facility"], name="register_version_of"),
            # How many were declared by when is read from the index alone: a version is a wide row.
            models.Index(
                fields=["register"],
                include=["facility", "province", "recorded_at"],
                condition=models.Q(number=1),
                name="register_version_first",
            ),
        ]


class Step(models.Model):
    """One act on the ladder: who did what to which version, and what was told to whom declared it."""

    id = models.BigAutoField(primary_key=True)
    register = models.CharField(max_length=40)
    record = models.UUIDField(db_index=True)
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    version = models.IntegerField()
    act = models.CharField(max_length=10)
    level = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=STATES)  # the state after
    reasons = models.JSONField(default=dict)  # field (or "" for the whole) -> words
    at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=150)
    by_unit = models.CharField(max_length=20, blank=True)
    on_behalf_of = models.CharField(max_length=150, blank=True, default="", db_default="")
    # The sentence of responsibility that was confirmed, and what proved the person ("code", "recovery-code").
    sentence = models.TextField(blank=True, default="", db_default="")
    proof = models.CharField(max_length=40, blank=True, default="", db_default="")

    class Meta:
        db_table = "register_step"
        indexes = [
            models.Index(
                fields=["register"],
                include=["record", "at", "facility", "province"],
                condition=models.Q(act="confirm", state="confirmed"),
                name="register_step_confirmed",
            )
        ]


class Evidence(models.Model):
    """Why fields of a version are believed: who attested them, from what source, until when."""

    id = models.BigAutoField(primary_key=True)
    register = models.CharField(max_length=40)
    record = models.UUIDField(db_index=True)
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    version = models.IntegerField()
    fields = ArrayField(models.CharField(max_length=60))
    source = models.CharField(max_length=40)  # level of review, "command", later "population" ...
    attested_by = models.CharField(max_length=150)
    attested_unit = models.CharField(max_length=20, blank=True)
    document_sha256 = models.BinaryField(max_length=32, null=True, blank=True)
    at = models.DateTimeField(db_default=Now())
    until = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "register_evidence"


class Case(models.Model):
    """A record that waits at a level of its ladder: one line of a work queue.

    `kind`: "review", or "mismatch" where the facility's list and the person's own declaration differ; then
    `told_sealed` holds both sides by field. `seen_by`: who confirmed first where two have to.
    """

    id = models.UUIDField(primary_key=True, default=time_ordered_id)
    register = models.CharField(max_length=40)
    record = models.UUIDField()
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    level = models.CharField(max_length=20)
    title = models.CharField(max_length=600)
    version = models.IntegerField()
    opened_at = models.DateTimeField(db_default=Now())
    opened_by = models.CharField(max_length=150)
    due_on = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)
    kind = models.CharField(max_length=10, default="review", db_default="review")
    told_sealed = models.BinaryField(null=True, blank=True)
    seen_by = models.CharField(max_length=150, blank=True, default="", db_default="")
    escalated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "register_case"
        constraints = [
            models.UniqueConstraint(
                fields=["record", "kind"], condition=models.Q(closed_at=None), name="register_case_open_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["province", "due_on", "id", "level"],
                condition=models.Q(closed_at=None),
                name="register_case_of_province",
            ),
            models.Index(
                fields=["facility", "due_on", "id", "level"],
                condition=models.Q(closed_at=None),
                name="register_case_of_facility",
            ),
            models.Index(
                fields=["level", "due_on", "id"],
                condition=models.Q(closed_at=None),
                name="register_case_by_day",
            ),
        ]


class Batch(models.Model):
    """Cases confirmed together: the whole, the random sample that had to be opened first, what was opened.

    `cases`: [case, version] pairs as chosen; `sample`, `doubtful` and `opened`: ids of cases. Those with a
    warning (`doubtful`) are confirmed only where they were opened. `outcome`: counts.
    """

    id = models.UUIDField(primary_key=True, default=time_ordered_id)
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    level = models.CharField(max_length=20)
    cases = models.JSONField()
    sample = models.JSONField()
    doubtful = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    opened = models.JSONField(default=list)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.CharField(max_length=150)
    state = models.CharField(max_length=10, default="open")  # open, done, broken
    outcome = models.JSONField(default=dict)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "register_batch"


class Draft(models.Model):
    """What somebody has typed into a form and not handed in; sealed, as it may hold anything."""

    id = models.BigAutoField(primary_key=True)
    register = models.CharField(max_length=40)
    record = models.UUIDField(null=True, blank=True)
    account = models.CharField(max_length=150)
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    typed_sealed = models.BinaryField()
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "register_draft"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "register", "record"], nulls_distinct=False, name="register_draft_once"
            )
        ]


class ChosenFile(models.Model):
    """A document somebody has chosen for a record and not handed in; sealed, for that account alone.

    Gone when the record holds it, and else after some days (`attaching.KEPT_DAYS`).
    """

    id = models.BigAutoField(primary_key=True)
    register = models.CharField(max_length=40)
    account = models.CharField(max_length=150)
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    sha256 = models.BinaryField(max_length=32)
    media = models.CharField(max_length=40)
    size = models.IntegerField()
    content_sealed = models.BinaryField()
    chosen_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "register_chosen_file"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "register", "sha256"], name="register_chosen_file_once"
            )
        ]


class Document(models.Model):
    """A document of a record, written once, with the first version that names it; later ones may name it too.

    `sha256` is that of the bytes as kept, which are sealed.
    """

    id = models.BigAutoField(primary_key=True)
    register = models.CharField(max_length=40)
    record = models.UUIDField()
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    sha256 = models.BinaryField(max_length=32)
    media = models.CharField(max_length=40)
    size = models.IntegerField()
    content_sealed = models.BinaryField()
    kept_at = models.DateTimeField(db_default=Now())
    kept_by = models.CharField(max_length=150)

    class Meta:
        db_table = "register_document"
        constraints = [
            models.UniqueConstraint(
                fields=["record", "sha256", "facility", "province"], name="register_document_once"
            )
        ]


class ColumnMapping(models.Model):
    """What a unit said of the columns (property → place) and values of files with certain headings.

    Written once: saying it otherwise is a version of its own, saying nothing (no columns) forgets it.
    `values`: property → folded writing → code.
    """

    id = models.BigAutoField(primary_key=True)
    register = models.CharField(max_length=40)
    unit = models.CharField(max_length=20, blank=True)
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    fingerprint = models.BinaryField(max_length=16)
    number = models.IntegerField()
    headings = models.JSONField()
    columns = models.JSONField()
    values = models.JSONField(default=dict)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.CharField(max_length=150)

    class Meta:
        db_table = "register_mapping"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "register", "fingerprint", "number"], name="register_mapping_once"
            )
        ]


class Export(models.Model):
    """A file made for a system that takes files: which records stood in it, by which layout of which day."""

    id = models.UUIDField(primary_key=True, default=time_ordered_id)
    register = models.CharField(max_length=40)
    layout = models.CharField(max_length=40)
    layout_from = models.DateField()
    unit = models.CharField(max_length=20, blank=True)
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    chosen = models.CharField(max_length=10)  # all, changed, corrected
    rows = models.IntegerField()
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.CharField(max_length=150)

    class Meta:
        db_table = "register_export"
        indexes = [models.Index(fields=["register", "unit", "-made_at"], name="register_export_of_unit")]


class ExportLine(models.Model):
    """One row of such a file: `row` as the sheet counts it, the record in the version it was written in."""

    id = models.BigAutoField(primary_key=True)
    export = models.UUIDField()
    row = models.IntegerField()
    record = models.UUIDField(db_index=True)
    version = models.IntegerField()
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)

    class Meta:
        db_table = "register_export_line"
        constraints = [models.UniqueConstraint(fields=["export", "row"], name="register_export_line_once")]


class Rejection(models.Model):
    """What the other system said of a record in such a file. `field` is "" for the record as a whole.

    Corrected once a later version is confirmed; `sent_again` is the export that one went out with.
    """

    id = models.BigAutoField(primary_key=True)
    register = models.CharField(max_length=40)
    export = models.UUIDField(db_index=True)
    record = models.UUIDField(db_index=True)
    version = models.IntegerField()
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    field = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=500)
    told_at = models.DateTimeField(db_default=Now())
    told_by = models.CharField(max_length=150)
    sent_again = models.UUIDField(null=True, blank=True)

    class Meta:
        db_table = "register_rejection"
        constraints = [
            models.UniqueConstraint(
                fields=["export", "record", "field", "reason"], name="register_rejection_once"
            )
        ]


KEY_HELD = "register_key_once"
"""The constraint that refuses a combination that another record has."""


class Key(models.Model):
    """Combinations of values that no two records of the country share, as keyed hashes. Nobody's rows."""

    id = models.BigAutoField(primary_key=True)
    register = models.CharField(max_length=40)
    rule = models.CharField(max_length=40)
    digest = models.BinaryField(max_length=16)
    record = models.UUIDField(db_index=True)

    class Meta:
        db_table = "register_key"
        constraints = [models.UniqueConstraint(fields=["register", "rule", "digest"], name=KEY_HELD)]


class Published(models.Model):
    """What the public may read of a confirmed record, and nothing else of it. Nobody's rows."""

    record = models.UUIDField(primary_key=True)
    register = models.CharField(max_length=40)
    version = models.IntegerField()
    content = models.JSONField()
    # Keyed hash of `Declaration.published_about`.
    about = models.BinaryField(max_length=16, null=True, blank=True)
    words = SearchVectorField()
    sort_key = models.TextField()
    published_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "register_published"
        indexes = [
            GinIndex(fields=["words"], name="register_published_words"),
            models.Index(fields=["register", "sort_key"], name="register_published_sorted"),
            models.Index(fields=["register", "about"], name="register_published_about"),
        ]


class Tally(models.Model):
    """How many of something, by office: lines that add up, written by triggers where rows change.

    The sum of `number` over the lines alike is what counts; a line alone may be negative. Facts and what they
    are told by: `migrations/0010_tallies.py`. `facility` only where the records are of no province.
    """

    id = models.BigAutoField(primary_key=True)
    register = models.CharField(max_length=40)
    fact = models.CharField(max_length=20)
    facility = models.CharField(max_length=20, blank=True, default="", db_default="")
    province = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=10, blank=True, default="", db_default="")
    level = models.CharField(max_length=20, blank=True, default="", db_default="")
    in_force = models.BooleanField(default=False, db_default=False)
    day = models.DateField(null=True)
    number = models.IntegerField()

    class Meta:
        db_table = "register_tally"
        indexes = [models.Index(fields=["register", "fact", "province"], name="register_tally_of_province")]


def columns_of(field: Field) -> "dict[str, models.Field[Any, Any]]":
    """The columns a declared field is stored in. Text is never null: "" is no value."""
    if field.sealed:
        return {
            f"{field.name}_sealed": models.BinaryField(null=True, blank=True),
            f"{field.name}_key": models.BinaryField(max_length=16, null=True, blank=True),
        }
    makers: dict[str, Callable[[], models.Field[Any, Any]]] = {
        "integer": lambda: models.IntegerField(null=True, blank=True),
        "boolean": lambda: models.BooleanField(null=True, blank=True),
        "date": lambda: models.DateField(null=True, blank=True),
        "partial_date": lambda: models.CharField(max_length=10, blank=True, default=""),
        "long_text": lambda: models.TextField(blank=True, default=""),
        "document": lambda: models.CharField(max_length=64, blank=True, default=""),
        "list": lambda: ArrayField(models.CharField(max_length=field.longest), blank=True, default=list),
    }
    make = makers.get(field.kind)
    return {
        field.name: make() if make else models.CharField(max_length=field.longest, blank=True, default="")
    }


def register_model(
    name: str,
    declaration: Declaration,
    *,
    module: str,
    constraints: Sequence[models.BaseConstraint] = (),
    indexes: Sequence[models.Index] = (),
    extra: "dict[str, models.Field[Any, Any]] | None" = None,
) -> type[Record]:
    """The model of a register: a column per declared field beside those of `Record`.

    A field called "facility" is the tenant column itself: the record belongs to the facility it names.
    """
    taken = {column.name for column in Record._meta.local_fields} - {"facility", "province"}
    clashing = sorted(taken & {*declaration.by_name, *(declaration.computed or {})})
    if clashing:
        raise ValueError(f"register {declaration.name}: every record has a column of its own: {clashing}")
    columns: dict[str, Any] = {}
    for field in declaration.fields:
        if field.name not in ("facility", "province"):
            columns |= columns_of(field)
    short = declaration.name[:20]
    meta = type(
        "Meta",
        (),
        {
            "app_label": module.split(".")[1],
            "db_table": declaration.name,
            "constraints": list(constraints),
            "indexes": [
                models.Index(fields=["facility", "sort_key", "id"], name=f"{short}_facility"),
                models.Index(fields=["province", "sort_key", "id"], name=f"{short}_province"),
                models.Index(fields=["sort_key", "id"], name=f"{short}_sorted"),
                models.Index(fields=["key_digest"], name=f"{short}_key"),
                GinIndex(fields=["words"], name=f"{short}_words"),
                *indexes,
            ],
        },
    )
    attributes = {"__module__": module, "Meta": meta, **columns, **(extra or {})}
    return type(name, (Record,), attributes)


def is_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


class IssuedPaper(models.Model):
    """An official paper as issued: written once, never changed. `options` are the officer's choices.

    `number` is empty where the paper leaves room to write it by hand. The files are sealed, as papers name
    persons.
    """

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=40)
    register = models.CharField(max_length=40)
    record = models.UUIDField()
    record_version = models.IntegerField()
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    unit = models.CharField(max_length=20)
    unit_name = models.CharField(max_length=255)
    number = models.CharField(max_length=100, blank=True)
    year = models.IntegerField()
    edition = models.IntegerField()
    replaces = models.UUIDField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    title = models.CharField(max_length=300)
    signer = models.CharField(max_length=120, blank=True)
    lines = models.IntegerField()
    options = models.JSONField(default=dict)
    as_of = models.DateTimeField()
    issued_at = models.DateTimeField(db_default=Now())
    issued_by = models.CharField(max_length=150)
    docx_sha256 = models.BinaryField(max_length=32)
    pdf_sha256 = models.BinaryField(max_length=32)
    docx_sealed = models.BinaryField()
    pdf_sealed = models.BinaryField()

    class Meta:
        db_table = "issued_paper"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "kind", "year", "number", "edition"],
                condition=~models.Q(number=""),
                name="issued_paper_number_once",
            ),
            models.CheckConstraint(
                name="issued_paper_again_has_reason",
                condition=models.Q(edition=1, replaces=None) | models.Q(edition__gt=1) & ~models.Q(reason=""),
            ),
        ]
        indexes = [models.Index(fields=["record", "as_of"], name="issued_paper_of_record")]


class PaperSignature(models.Model):
    """The PDF of an issued paper with one more signature, by the server's key or signed outside."""

    id = models.BigAutoField(primary_key=True)
    paper = models.UUIDField(db_index=True)
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    way = models.CharField(max_length=10)  # server, upload
    at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=150)
    state = models.CharField(max_length=10)  # holds, refused, unchecked (signing.checking)
    holder = models.CharField(max_length=300, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    pdf_sha256 = models.BinaryField(max_length=32)
    pdf_sealed = models.BinaryField()

    class Meta:
        db_table = "paper_signature"
