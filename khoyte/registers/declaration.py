"""What a register is, said once: its fields, its key, its rules, who reviews it, what the public may see."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import polars as pl

from khoyte.foundation.language import Text
from khoyte.foundation.text import fold

Kind = Literal[
    "text",
    "long_text",
    "identifier",
    "code",
    "date",
    "partial_date",
    "integer",
    "boolean",
    "list",
    "personal_number",
    "facility_code",
    "phone",
    "hours",
    "document",
]
Sensitivity = Literal["open", "internal", "personal", "identifying"]
Quality = Literal["correct", "complete", "clean", "live", "unified", "shared"]
Level = Literal["E", "W"]


CODE_AND_NAME = " – "
"""Between a code and its name in a cell of a sheet ("K01 – Khoa Khám bệnh"); the code alone is read back."""
GENERAL = Text(vi="Thông tin chung", en="General")


@dataclass(frozen=True)
class Code:
    """One allowed value: what is stored, how it is shown, and what else people write for it."""

    code: str
    label: Text
    aliases: tuple[str, ...] = ()

    @property
    def written(self) -> tuple[str, ...]:
        return (self.code, self.label.vi, self.label.en, *self.aliases)


@dataclass(frozen=True)
class Field:
    """One property. `name` is its name in JSON, in the column and in addresses.

    `sensitivity`: "open" may be shown to anybody who may see the record, "personal" is masked in reports of
    imports, "identifying" is stored sealed beside a keyed hash and masked in lists. `public` puts it into the
    public look-up. `quality` is the word under which a missing or wrong value counts. `names` are what the
    values of a field of codes are called (codes → those known), wherever people read them; `offered` are the
    values of a list in force today (code, name), shown to choose from, while others may still be entered.
    """

    name: str
    label: Text
    kind: Kind = "text"
    help: Text | None = None
    required: bool = False
    codes: tuple[Code, ...] = ()
    sensitivity: Sensitivity = "open"
    public: bool = False
    quality: Quality = "correct"
    legal: str = ""
    measure: Text | None = None
    headings: tuple[str, ...] = ()
    longest: int = 255
    pattern: str = ""
    pattern_words: Text | None = None
    digits: int = 0  # a code of so many digits: a spreadsheet takes zeros from its front
    example: str = ""
    references: str = ""
    searched: bool = False
    listed: bool = False
    filtered: bool = False
    group: Text = GENERAL
    names: Callable[[Collection[str]], Mapping[str, str]] | None = None
    offered: Callable[[], Sequence[tuple[str, str]]] | None = None

    @property
    def sealed(self) -> bool:
        return self.sensitivity == "identifying"

    @property
    def is_document(self) -> bool:
        """The value is the digest (SHA-256, hexadecimal) of a document that lies beside the record."""
        return self.kind == "document"

    @property
    def masked(self) -> bool:
        return self.sensitivity in ("personal", "identifying")

    @cached_property
    def codes_by_writing(self) -> Mapping[str, str]:
        """Folded writing → code; codes themselves win over labels."""
        found = {fold(word): one.code for one in self.codes for word in one.aliases}
        found |= {fold(word): one.code for one in self.codes for word in (one.label.en, one.label.vi)}
        return found | {fold(one.code): one.code for one in self.codes}

    @cached_property
    def labels_by_code(self) -> Mapping[str, Text]:
        return {one.code: one.label for one in self.codes}


@dataclass(frozen=True)
class Rule:
    """What must hold between fields. `breaks` is true where it does not, over normalised columns.

    Days are text yyyy-mm-dd in those columns, so that they compare as text; a day unknown is null.
    `refused_where_typed`: a warning in files, which bring what was written years ago, yet a form or a program
    that enters the field anew is refused. `counted`: by the six words of quality; what they count may not
    change without a new version of their formulas.
    """

    id: str
    field: str
    message: Text
    fix: Text
    breaks: Callable[[], pl.Expr]
    level: Level = "E"
    quality: Quality = "correct"
    legal: str = ""
    refused_where_typed: bool = False
    counted: bool = True


@dataclass(frozen=True)
class Unique:
    """A combination of fields that two records of the whole country never share."""

    name: str
    fields: tuple[str, ...]
    sentence: Text


KEY = "key"
"""The rule that no two records share the key, in `Declaration.once`."""

KEY_TAKEN = Text(
    vi="Trong sổ đã có hồ sơ khác trùng “{label}”. Hãy sửa hồ sơ đã có, không kê khai lại.",
    en="Another record of the register has the same {label}. Correct that one; do not declare it anew.",
)


@dataclass(frozen=True)
class ReviewLevel:
    """One rung of the ladder: who looks, within how many working days.

    `shared_roles` act too where the authority over the facility is shared with their unit. `lead_roles` act
    like `roles`, and a case whose day has passed is theirs (`escalation`). `four_eyes`: two different people
    confirm. `sample`: so many of a hundred files of one confirmation in bulk are opened first, at least one.
    `needs_facility`: passed by records of no facility. `is_side`: a side of an agreement, whose own entry is
    its word already. `not_for`: a change of these fields alone passes it.
    """

    name: str
    label: Text
    roles: tuple[str, ...]
    working_days: int
    legal: str = ""
    needs_facility: bool = False
    is_side: bool = False
    not_for: tuple[str, ...] = ()
    shared_roles: tuple[str, ...] = ()
    lead_roles: tuple[str, ...] = ()
    four_eyes: bool = False
    sample: int = 10

    @property
    def acting(self) -> tuple[str, ...]:
        return (*self.roles, *self.lead_roles, *self.shared_roles)


FACILITY_LEVEL = ReviewLevel(
    "facility",
    Text(vi="Cơ sở rà soát", en="Review by the facility"),
    roles=("facility_reviewer",),
    working_days=5,
    legal="Kế hoạch 1642/KH-BYT, III.5",
    needs_facility=True,
)
PROVINCE_LEVEL = ReviewLevel(
    "province",
    Text(vi="Sở Y tế rà soát", en="Review by the province"),
    roles=("province",),
    shared_roles=("department",),
    lead_roles=("province_lead",),
    working_days=5,
    legal="Kế hoạch 1642/KH-BYT, III.4; Luật 15/2023/QH15, Điều 38",
)


@dataclass(frozen=True)
class Follows:
    """The record belongs to whom a record of another register belongs: same value in these two fields."""

    register: str
    field: str
    their_field: str


@dataclass(frozen=True)
class ByPerson:
    """The person a record is about declares it too, on a page of their own below `path`, with its proof.

    `mine` heads the list of the own ones, which shows the fields `shown` beside the title; `add` leads to a
    new one. `proof` is the document without which nothing is sent. `only` (field → codes) is what a person
    may say there: the rest is a unit's to say, and `others` tells whose and why. `not_asked` stays empty.
    """

    path: str
    mine: Text
    add: Text
    shown: tuple[str, ...]
    proof: str
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    others: Text | None = None
    not_asked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Declaration:
    """A register. `key` are the fields by which an import knows a record again.

    `facility_from` and `province_from` name the fields that say whose record it is; without a value there it
    belongs to the unit that enters it. `valid_time` names the fields of the period in which the fact holds.
    """

    name: str
    label: Text
    one: Text
    steward: Text
    legal: tuple[str, ...]
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    title: tuple[str, ...]
    ladder: tuple[ReviewLevel, ...] = (PROVINCE_LEVEL,)
    unique: tuple[Unique, ...] = ()
    # What is said of a second record with the same key; None: the sentence that fits every register.
    key_sentence: Text | None = None
    rules: tuple[Rule, ...] = ()
    # Field whose value is the key of another register's record: that record's name is shown for this one.
    named_by: str = ""
    sorted_as: Literal["text", "person"] = "text"
    facility_from: str = ""
    province_from: str = ""
    # A department of the ministry declares too, under its own code in `facility_from`.
    departments_own: bool = False
    follows: Follows | None = None
    # Kinds of units whose acts the register holds: they alone declare; none named: whoever may declare.
    written_by: tuple[str, ...] = ()
    valid_time: tuple[str, str] | None = None
    keeps_known_at: bool = True
    is_public: bool = False
    # Published, but for other pages of ours (the state of a licence): not searched by itself.
    looked_up: bool = True
    # Searched only by whoever chooses this register: one unit has thousands of records that hold its code.
    looked_up_alone: bool = False
    # Published records with the same text here belong together: a person's with the person's registrations.
    # It may hold what is not public: only its keyed hash is kept.
    published_about: Callable[[Mapping[str, Any]], str] | None = None
    fresh_days: int = 365
    # Columns that forms have and the register has not (name → headings), and what completes rows by them,
    # within the transaction of the sender.
    beside: Mapping[str, tuple[str, ...]] | None = None
    completed: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    sentences: Mapping[str, Text] | None = None  # constraint of the database -> what it tells people
    # Columns of the model beside the declared ones, worked out from the content.
    computed: Mapping[str, Callable[[Mapping[str, Any]], Any]] | None = None
    # What whoever sends a record for review says and answers for (with a second factor); none: nothing.
    responsibility: Text | None = None
    # Fields the platform itself fills when a record is confirmed at the highest level: (owner's facility,
    # present value, actor) -> value.
    issued: Mapping[str, Callable[[str, str, Any], str]] | None = None
    # What the platform holds of the unit that declares, shown in a new form: actor -> field -> text.
    held: Callable[[Any], Mapping[str, str]] | None = None
    # Where the person a record is about finds it ("{id}" stands for the record); notices lead them there.
    own_page: str = ""
    # None: units alone declare it, or the person on pages made for this register.
    by_person: ByPerson | None = None

    def __post_init__(self) -> None:
        names = [field.name for field in self.fields]
        unknown = {*self.key, *self.title, *(f for u in self.unique for f in u.fields)} - set(names)
        if unknown or len(set(names)) != len(names) or not re.fullmatch(r"[a-z][a-z_]*", self.name):
            raise ValueError(f"register {self.name}: names used twice or not declared: {sorted(unknown)}")
        shown = [f.name for f in self.fields if f.is_document and (f.public or f.searched or f.listed)]
        if shown or {f.name for f in self.fields if f.is_document} & {*self.key, *self.title}:
            raise ValueError(f"register {self.name}: documents are reached through their record alone")

    @property
    def of_facilities(self) -> bool:
        """Each record is a facility itself, known by its code."""
        return bool(self.facility_from) and self.key == (self.facility_from,)

    def takes_from(self, unit_kind: str) -> bool:
        return not self.written_by or unit_kind in self.written_by

    @cached_property
    def once(self) -> tuple[Unique, ...]:
        """What two records of the country never share: `unique`, and last the key unless that says it."""
        if not self.once_by_key:
            return self.unique
        sentence = self.key_sentence or KEY_TAKEN.fill(label=self.key_label)
        return (*self.unique, Unique(KEY, self.key, sentence))

    @cached_property
    def once_by_key(self) -> bool:
        return not any(rule.fields == self.key for rule in self.unique)

    @cached_property
    def key_label(self) -> Text:
        """The fields of the key as people call them."""
        labels = [self.by_name[name].label for name in self.key]
        return Text(vi=", ".join(one.vi for one in labels), en=", ".join(one.en for one in labels))

    @cached_property
    def written(self) -> tuple[Field, ...]:
        """The fields that stand in files, in order: a document has no place in a cell."""
        return tuple(field for field in self.fields if not field.is_document)

    @cached_property
    def documents(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.is_document)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        return {field.name: field for field in self.fields}

    def level(self, name: str) -> ReviewLevel:
        return next(level for level in self.ladder if level.name == name)

    def first(self, *, facility: str, role: str, changed: Set[str]) -> ReviewLevel:
        """Where a record that somebody of `role` sends begins its way; `changed` since it was confirmed."""
        for level in self.ladder[:-1]:
            passed = (
                (level.needs_facility and not facility)
                or (level.is_side and role in level.roles)
                or (level.not_for and changed <= set(level.not_for))
            )
            if not passed:
                return level
        return self.ladder[-1]

    def for_mismatch(self, facility: str) -> ReviewLevel:
        """Who settles what a person says otherwise: the lowest level that is no side."""
        settling = (one for one in self.ladder if not one.is_side and (facility or not one.needs_facility))
        return next(settling, self.ladder[-1])

    def after(self, name: str) -> ReviewLevel | None:
        """The rung above, the lowest one for "", None above the highest."""
        if not name:
            return self.ladder[0]
        place = [level.name for level in self.ladder].index(name)
        return self.ladder[place + 1] if place + 1 < len(self.ladder) else None
