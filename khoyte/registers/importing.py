"""Files into a register: every cell checked, counted by cause, and all or nothing stored.

`rows = good + bad + duplicate`. A row is bad when any cell is wrong or the unit may not write it; a duplicate
when the same row stands earlier in the file or the register already holds exactly this content; else good: a
new record, or a change of the one with its key. The key of an earlier row with another content is an error:
it is not ours to say which of the two is right. When one row is bad nothing is stored. Sending the same file
again stores what is missing and counts the rest as duplicates.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import polars as pl
from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected

from khoyte.audit import actions as audit
from khoyte.foundation.calendar import today
from khoyte.foundation.inserting import insert_all
from khoyte.foundation.language import Text
from khoyte.foundation.time_ordered import time_ordered_id
from khoyte.registers import actions, mapping, telling
from khoyte.registers import content as contents
from khoyte.registers.checking import NOTHING, REPAIRABLE, Checked, Problem, check, value_shown
from khoyte.registers.content import Content
from khoyte.registers.declaration import Declaration, Unique
from khoyte.registers.errors import Together, WrongRecord
from khoyte.registers.known import Register
from khoyte.registers.ladder import Act, State
from khoyte.registers.models import KEY_HELD, Evidence, Key, Record, Step, Version
from khoyte.registers.reading import Headings, Piece, Source, read
from khoyte.registers.tenants import Tenants
from khoyte.units import training
from khoyte.units.policy import Actor

ERRORS_LISTED = 1_000
PREVIEWED = 20
WRITINGS_LISTED = 60
ROWS_AT_ONCE = 2_000

TAKEN_BY_ANOTHER = Text(vi="Kiểm tra lại số trên giấy tờ; nếu đúng, báo Sở Y tế để đối chiếu.",
                        en="Compare with the paper; if it is right, tell the health department.")  # fmt: skip
COMPARE_FIX = Text(vi="Đối chiếu với các dòng và hồ sơ khác của sổ.", en="Compare with other rows.")
KEY_FIX = Text(
    vi="Bỏ dòng này khỏi tệp và sửa hồ sơ đã có, hoặc kiểm tra lại số trên giấy tờ.",
    en="Take this row out of the file and correct the existing record, or compare the number with the paper.",
)
CONFLICT = Text(
    vi="Trùng “{label}” với một dòng ở trên nhưng nội dung khác.",
    en="Same {label} as a row above, but another content.",
)
CONFLICT_WITH = Text(
    vi="Trùng “{label}” với dòng {row} nhưng nội dung khác.",
    en="Same {label} as row {row}, but another content.",
)
CONFLICT_FIX = Text(
    vi="Đối chiếu hai dòng với giấy tờ, giữ lại một dòng đúng.",
    en="Compare both rows with the papers and keep the one that is right.",
)
IN_REVIEW_FIX = Text(
    vi="Chờ kết quả rà soát, hoặc đề nghị trả lại bổ sung rồi nhập lại.",
    en="Wait for the review, or ask to have it returned, then import again.",
)


@dataclass
class Cause:
    field: str
    level: str
    message: Text
    fix: Text
    rows: int = 0


@dataclass
class Report:
    """What an import found (and, with `stored` above zero, did)."""

    register: str
    rows: int = 0
    good: int = 0
    bad: int = 0
    duplicate: int = 0
    stored: int = 0
    changed: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    causes: dict[str, Cause] = field(default_factory=dict)
    unknown_headings: tuple[str, ...] = ()
    headings: Headings | None = None
    # The sheet of a workbook that was read, where it is not the first.
    sheet: str = ""
    preview: list[tuple[int, Content]] = field(default_factory=list)
    # Writings of codes nobody declared: property → writing → rows. Shown to the sender alone.
    unread: dict[str, dict[str, int]] = field(default_factory=dict)

    def document(self, language: str = "vi") -> dict[str, Any]:
        """The document of the contract; `warnings` are what may be looked at and stops nothing."""
        listed = [
            {**one, "message": one["message"].say(language), "fix": one["fix"].say(language)}
            for one in self.errors
        ]
        return {
            "register": self.register,
            "rows": self.rows,
            "good": self.good,
            "bad": self.bad,
            "duplicate": self.duplicate,
            "errors": [one for one in listed if one.pop("level") == "E"],
            "causes": self._causes("E", language),
            "stored": self.stored,
            "changed": self.changed,
            "warnings": self._causes("W", language),
            "unknown_headings": list(self.unknown_headings),
            "mapping": self.headings.mapped.number if self.headings and self.headings.mapped else None,
            "sheet": self.sheet or None,
        }

    def _causes(self, level: str, language: str) -> list[dict[str, Any]]:
        chosen = [(name, one) for name, one in self.causes.items() if one.level == level]
        return [
            {
                "cause": name,
                "field": one.field,
                "message": one.message.say(language),
                "rows": one.rows,
                "fix": one.fix.say(language),
                "repairable": name.partition(":")[0] in REPAIRABLE,
            }
            for name, one in sorted(chosen, key=lambda item: -item[1].rows)
        ]


_HELD = "SELECT digest, record FROM register_key WHERE register = %s AND rule = %s AND digest = ANY(%s)"


_PRINT = (1 << 64) - 1
NO_MESSAGES: Mapping[int, Text] = {}


def _fingerprints(values: pl.DataFrame) -> pl.Series:
    """A number of 64 bits per row, the same for the same values within one process."""
    lists = [name for name, kind in values.schema.items() if isinstance(kind, pl.List)]
    joined = values.with_columns(pl.col(name).list.join("\x1f").alias(name) for name in lists)
    return joined.hash_rows(seed=0)


class _Rollback(Exception):
    pass


def run(
    register: Register,
    source: Source,
    *,
    by: Actor,
    dry: bool,
    accept: frozenset[str] = NOTHING,
    confirmed: bool = False,
    effective_from: date | None = None,
    way: str = "import",
    at: datetime | None = None,
) -> Report:
    """Check a file and, unless `dry` or a row is bad, store it, in one transaction.

    `at` is the moment new records are recorded at, where what came on days past is entered later (as
    `receiving.receive` does for files); None is now.

    Raises FileRefused; Together where another import holds rows of this one and waits for others of it.
    """
    work = _Import(register, by, accept, confirmed, effective_from or today(), way, at)
    try:
        with transaction.atomic():
            work.go(source, store=not dry)
            if dry or work.report.bad:
                raise _Rollback
            work.record_audit(source)
    except _Rollback:
        work.report.stored = work.report.changed = 0
    except OperationalError as error:
        if isinstance(error.__cause__, DeadlockDetected):
            raise Together from error
        raise
    return work.report


class _Import:
    """One run over one file."""

    def __init__(
        self, register: Register, by: Actor, accept: frozenset[str], confirmed: bool, day: date, way: str,
        at: datetime | None,
    ):  # fmt: skip
        self.register, self.by, self.accept = register, by, accept
        self.confirmed, self.day, self.way = confirmed, day, way
        # Left out, the database's own clock says when.
        self.recorded = {"recorded_at": at} if at else {}
        self.happened = {"at": at} if at else {}
        self.declaration: Declaration = register.declaration
        self.tenants = Tenants(self.declaration, by)
        self.report = Report(register.name)
        # Digest of the key → row of the file and fingerprint of what it says, in one number (`_mark`).
        self.seen: dict[bytes, int] = {}
        # A register that is empty, as before a first import, need not be asked for every line.
        self.has_records = register.model.objects.exists()
        self.has_keys = Key.objects.filter(register=register.name).exists()
        self.keys_by_unique: dict[str, dict[bytes, bytes]] = {}

    def go(self, source: Source, *, store: bool) -> None:
        headings, pieces = read(self.declaration, source, mapping.remembered(self.register.name, self.by))
        self.report.headings = headings
        self.report.unknown_headings = headings.unknown
        self.report.sheet = source.sheet
        for piece in pieces:
            self._take(headings, piece, store)

    def record_audit(self, source: Source) -> None:
        report = self.report
        audit.record(
            by=self.by,
            action="register.import",
            subject_kind="register",
            subject_id=self.register.name,
            facility=self.by.facility,
            province=self.by.province,
            details={
                "rows": report.rows,
                "stored": report.stored,
                "changed": report.changed,
                "duplicate": report.duplicate,
                "accepted": sorted(self.accept),
                **({"mapping": said.number} if (said := report.headings and report.headings.mapped) else {}),
            },
        )

    # One piece

    def _take(self, headings: Headings, piece: Piece, store: bool) -> None:
        piece = Piece(mapping.with_codes(piece.rows, headings.mapped), piece.numbers)
        if self.declaration.completed and set(self.declaration.beside or ()) & set(piece.rows.columns):
            piece = Piece(self.declaration.completed(piece.rows), piece.numbers)
        found = check(self.declaration, self.tenants.prefilled(piece.rows), self.accept)
        self.tenants.look_up(found.values)
        keys = contents.key_digests(self.declaration, found.values)
        known = self._records(keys)
        problems = [*found.problems, *self._not_yours(found), *self._too_real(found)]
        problems += self._all_taken(found, keys, known)
        bad = Checked(found.values, problems).bad
        for problem in problems:
            self._note(problem, headings, piece)
            if problem.cause == "unknown_code" and problem.field in piece.rows.columns:
                self._note_writings(problem, piece)
        self._preview(found, piece)
        duplicate, changes, fresh, conflicts = self._sort_out(found, bad, keys, known, piece)
        self._note_conflicts(conflicts, headings, piece)
        storing = store and not self.report.bad and not bad.any() and not conflicts
        self.report.rows += piece.rows.height
        self.report.duplicate += duplicate
        refused = len(conflicts)
        # What only the database can tell (periods that overlap) is found by trying; all is taken back later.
        if storing or self.declaration.sentences:
            refused += self._store_fresh(found, fresh, headings, piece)
        if storing or self.declaration.sentences:
            refused += self._store_changes(changes, headings, piece)
        else:
            waiting = sum(1 for _, record, _ in changes if record.state == State.IN_REVIEW)
            if waiting:
                self._count("in_review", "", "E", IN_REVIEW, IN_REVIEW_FIX, waiting)
            refused += waiting
        self.report.bad += int(bad.sum()) + refused
        self.report.good = self.report.rows - self.report.bad - self.report.duplicate

    def _note(
        self, problem: Problem, headings: Headings, piece: Piece, of_place: Mapping[int, Text] = NO_MESSAGES
    ) -> None:
        """Count a fault and list its cells. `of_place`: what is said of one row instead of the general."""
        problem = self._of_no_column(problem, headings)
        name = f"{problem.cause}:{problem.field}"
        self._count(name, problem.field, problem.level, problem.message, problem.fix, problem.count)
        room = ERRORS_LISTED - len(self.report.errors)
        if room <= 0:
            return
        declared = self.declaration.by_name[problem.field]
        letters = headings.letters(problem.field)
        for place in problem.rows.arg_true().head(room):
            row = piece.numbers[place]
            value = piece.rows[problem.field][place] if problem.field in piece.rows.columns else None
            self.report.errors.append(
                {
                    "row": row,
                    "column": declared.label.vi,
                    "cell": f"{letters}{row}",
                    "field": problem.field,
                    "value_shown": value_shown(declared, value),
                    "message": of_place.get(place, problem.message),
                    "fix": problem.fix,
                    "cause": name,
                    "level": problem.level,
                }
            )

    def _of_no_column(self, problem: Problem, headings: Headings) -> Problem:
        """Where the file has no column for a property that must be filled: that, not every cell, is at fault.

        Not of registers that work values out from other columns.
        """
        declared = self.declaration.by_name[problem.field]
        worked_out = self.declaration.completed is not None
        if problem.cause != "missing" or problem.field in headings.columns or worked_out:
            return problem
        return replace(problem, message=NO_COLUMN.fill(label=declared.label), fix=NO_COLUMN_FIX)

    def _note_writings(self, problem: Problem, piece: Piece) -> None:
        """Which writings were no code, so that the sender can say what they mean."""
        counted = self.report.unread.setdefault(problem.field, {})
        found = piece.rows[problem.field].filter(problem.rows).value_counts(sort=True)
        for writing, rows in found.head(WRITINGS_LISTED).iter_rows():
            if writing in counted or len(counted) < WRITINGS_LISTED:
                counted[writing] = counted.get(writing, 0) + rows

    def _preview(self, found: Checked, piece: Piece) -> None:
        room = PREVIEWED - len(self.report.preview)
        if room > 0:
            rows = found.values.head(room).iter_rows(named=True)
            self.report.preview += zip(piece.numbers.head(room).to_list(), rows, strict=True)

    def _count(self, name: str, field_name: str, level: str, message: Text, fix: Text, rows: int) -> None:
        cause = self.report.causes.setdefault(name, Cause(field_name, level, message, fix))
        cause.rows += rows

    # Whose it is, and what must be unique

    def _not_yours(self, found: Checked) -> Iterator[Problem]:
        owner_fields = [
            name
            for name in (
                self.declaration.facility_from,
                self.declaration.province_from,
                self.declaration.follows.field if self.declaration.follows else "",
            )
            if name
        ]
        if self.by.kind == "system" or not owner_fields:
            return
        distinct = found.values.select(owner_fields).unique()
        refused = [
            row
            for row in distinct.iter_rows(named=True)
            if not self.tenants.may_write(self.tenants.owner(row))
        ]
        if refused:
            wrong = pl.DataFrame(refused, schema=distinct.schema).with_columns(refused=pl.lit(True))
            rows = (
                found.values.select(owner_fields)
                .join(wrong, on=owner_fields, how="left", nulls_equal=True, maintain_order="left")
                .get_column("refused")
                .fill_null(False)
            )
            yield Problem("not_yours", owner_fields[0], "E", self.tenants.refusal, self.tenants.remedy, rows)

    def _too_real(self, found: Checked) -> Iterator[Problem]:
        """Numbers that may be those of somebody, in the training province."""
        if not self.by.is_training:
            return
        for name in training.FIELDS:
            if name in found.values.columns:
                whys = [training.looks_real(name, str(value or "")) for value in found.values[name]]
                if any(whys):
                    rows = pl.Series([why is not None for why in whys])
                    why = next(one for one in whys if one)
                    yield Problem("too_real", name, "E", why, training.FIX, rows)

    def _all_taken(
        self, found: Checked, keys: Sequence[bytes], known: Mapping[bytes, Record]
    ) -> Iterator[Problem]:
        for rule in self.declaration.unique:
            rows = self._taken(rule, contents.unique_digests_of(rule, found.values), keys, known)
            if any(rows):
                yield Problem("taken", rule.fields[0], "E", rule.sentence, TAKEN_BY_ANOTHER, pl.Series(rows))
        if self.declaration.once_by_key and self.has_keys:
            held = self._held(self.declaration.once[-1], keys)
            rows = [key in held and key not in known for key in keys]
            if any(rows):
                sentence = self.declaration.once[-1].sentence
                yield Problem("taken", self.declaration.key[0], "E", sentence, KEY_FIX, pl.Series(rows))

    def _taken(
        self,
        rule: Unique,
        digests: Sequence[bytes | None],
        keys: Sequence[bytes],
        known: Mapping[bytes, Record],
    ) -> list[bool]:
        """Where a unique combination is held by a record with another key, anywhere in the country."""
        held = self._held(rule, digests)
        in_file = self.keys_by_unique.setdefault(rule.name, {})
        taken = []
        for digest, key in zip(digests, keys, strict=True):
            if digest is None:
                taken.append(False)
                continue
            first = in_file.setdefault(digest, key)
            record = held.get(digest) if held else None
            elsewhere = record is not None and (key not in known or known[key].pk != record)
            taken.append(elsewhere or first != key)
        return taken

    def _held(
        self, rule: Unique, digests: Sequence[bytes | None], *, anew: bool = False
    ) -> dict[bytes, uuid.UUID]:
        """Digest -> the record that has it; `anew`: also in a register that was empty when this began."""
        if not (self.has_keys or anew):
            return {}
        wanted = [digest for digest in digests if digest is not None]
        with connection.cursor() as cursor:
            cursor.execute(_HELD, [self.register.name, rule.name, wanted])
            return {bytes(digest): record for digest, record in cursor.fetchall()}

    def _records(self, keys: Sequence[bytes]) -> dict[bytes, Record]:
        """The records of these keys that the actor may see. One array is quicker than thousands of values."""
        if not self.has_records:
            return {}
        rows = self.register.model.objects.extra(where=["key_digest = ANY(%s)"], params=[list(keys)]).exclude(
            state=State.WITHDRAWN.value
        )
        return {bytes(row.key_digest): row for row in rows}

    def _sort_out(
        self,
        found: Checked,
        bad: pl.Series,
        keys: Sequence[bytes],
        known: Mapping[bytes, Record],
        piece: Piece,
    ) -> tuple[int, list[tuple[int, Record, Content]], list[int], list[tuple[int, int]]]:
        """(duplicates, changes of known records, places of new ones, conflicts) among rows that are not bad.

        A conflict: place of the row and the row of the file that has its key and says something else.
        """
        duplicate = 0
        changes: list[tuple[int, Record, Content]] = []
        fresh: list[int] = []
        conflicts: list[tuple[int, int]] = []
        prints = _fingerprints(found.values)
        for place, (key, wrong, number, print_) in enumerate(
            zip(keys, bad, piece.numbers, prints, strict=True)
        ):
            if wrong:
                continue
            mark = number << 64 | print_
            earlier = self.seen.setdefault(key, mark)
            if earlier is not mark:
                if earlier & _PRINT == print_:
                    duplicate += 1
                else:
                    conflicts.append((place, earlier >> 64))
                continue
            record = known.get(key)
            if record is None:
                fresh.append(place)
            elif (patch := self._patch(record, found.values.row(place, named=True))) is None:
                duplicate += 1
            else:
                changes.append((place, record, patch))
        return duplicate, changes, fresh, conflicts

    def _note_conflicts(self, conflicts: Sequence[tuple[int, int]], headings: Headings, piece: Piece) -> None:
        """Rows with the key of an earlier row that say something else; which row, each."""
        if not conflicts:
            return
        label, earlier = self.declaration.key_label, dict(conflicts)
        rows = pl.Series([place in earlier for place in range(piece.rows.height)])
        message = CONFLICT.fill(label=label)
        problem = Problem("conflict", self.declaration.key[0], "E", message, CONFLICT_FIX, rows)
        self._note(
            problem, headings, piece, {p: CONFLICT_WITH.fill(label=label, row=row) for p, row in conflicts}
        )

    def _patch(self, record: Record, row: Content) -> Content | None:
        """What the row would change; None: nothing. An empty cell changes nothing."""
        settled, _ = self.tenants.settle(row)
        patch = {name: value for name, value in settled.items() if value not in (None, "", [])}
        merged = {**contents.content_of(self.declaration, record), **patch}
        same = contents.content_digest(self.declaration, merged) == bytes(record.content_digest)
        return None if same else patch

    # Storing

    def _store_changes(
        self, changes: Sequence[tuple[int, Record, Content]], headings: Headings, piece: Piece
    ) -> int:
        waiting = refused = 0
        for place, record, patch in changes:
            if record.state == State.IN_REVIEW and not self.confirmed:
                waiting += 1
                continue
            try:
                self._change(record, patch)
            except WrongRecord as wrong:
                # The database, or what another line of the file has become, refuses this one.
                refused += 1
                for name, texts in wrong.problems.items():
                    self._note_refused(place, name, texts[0], headings, piece)
                continue
            self.report.changed += 1
            self.report.stored += 1
        if waiting:
            self._count("in_review", "", "E", IN_REVIEW, IN_REVIEW_FIX, waiting)
        return waiting + refused

    def _change(self, record: Record, patch: Content) -> None:
        changed = actions.change(
            register=self.register,
            id=record.pk,
            patch=patch,
            by=self.by,
            source=self.way,
            effective_from=self.day,
        )
        if self.confirmed:
            actions.confirm_at_once(register=self.register, record=changed, by=self.by)

    def _note_refused(self, place: int, name: str, text: Text, headings: Headings, piece: Piece) -> None:
        here = pl.Series([n == place for n in range(piece.rows.height)])
        name = name if name in self.declaration.by_name else self.declaration.fields[0].name
        self._note(Problem("overlap", name, "E", text, COMPARE_FIX, here), headings, piece)

    def _store_fresh(self, found: Checked, places: list[int], headings: Headings, piece: Piece) -> int:
        """Store new records; how many the database refused. Their rows are noted."""
        refused = 0
        for start in range(0, len(places), ROWS_AT_ONCE):
            block = places[start : start + ROWS_AT_ONCE]
            rows = found.values[block].to_dicts()
            if self._store_block(rows):
                continue
            for place, row in zip(block, rows, strict=True):
                sentence = self._store_one(row)
                if sentence is not None:
                    refused += 1
                    self._note_refused(place, *sentence, headings, piece)
        return refused

    def _store_one(self, row: dict[str, Any]) -> tuple[str, Text] | None:
        """Store one row; (field, sentence) of the constraint that refused it."""
        try:
            with transaction.atomic():
                self._insert([row])
        except IntegrityError as error:
            found = self._refusal(error, row)
            if found is None:
                raise
            return found
        return None

    def _refusal(self, error: IntegrityError, row: Content) -> tuple[str, Text] | None:
        """What a row is told that the database refuses: a rule of the register, or somebody was first."""
        if actions.constraint_of(error) == KEY_HELD:
            digests = contents.unique_digests(self.declaration, self.tenants.settle(row)[0])
            for rule in self.declaration.once:
                if self._held(rule, [digests.get(rule.name)], anew=True):
                    return rule.fields[0], rule.sentence
        return actions.sentence_of(error, self.declaration.sentences or {})

    def _store_block(self, rows: Sequence[dict[str, Any]]) -> bool:
        """Store all of the rows or none; False when a constraint with a sentence refused one of them."""
        try:
            with transaction.atomic():
                self._insert(rows)
        except IntegrityError as error:
            if actions.constraint_of(error) not in {KEY_HELD, *(self.declaration.sentences or {})}:
                raise
            return False
        return True

    def _insert(self, rows: Sequence[dict[str, Any]]) -> None:
        declaration = self.declaration
        records, versions, keys, steps, evidence, published = [], [], [], [], [], []
        contents_told: list[Content] = []
        for row in rows:
            values, owner = self.tenants.settle(row)
            record = self.register.model(
                id=time_ordered_id(),
                facility=owner.facility,
                province=owner.province,
                recorded_by=self.by.name,
                **self.recorded,
                state=State.CONFIRMED.value if self.confirmed else State.DRAFT.value,
                confirmed_version=1 if self.confirmed else None,
            )
            actions.fill(declaration, record, values)
            records.append(record)
            contents_told.append(values)
            common = {
                "register": declaration.name,
                "record": record.pk,
                "facility": owner.facility,
                "province": owner.province,
            }
            filled = sorted(name for name, value in values.items() if value not in (None, "", []))
            versions.append(
                Version(
                    **common,
                    number=1,
                    **contents.kept_content(declaration, values),
                    changed=filled,
                    words=record.words,
                    sort_key=record.sort_key,
                    effective_from=self.day,
                    recorded_by=self.by.name,
                    recorded_unit=self.by.unit_code,
                    source=self.way,
                    **self.recorded,
                )
            )
            keys += [
                Key(register=declaration.name, rule=rule, digest=digest, record=record.pk)
                for rule, digest in contents.unique_digests(declaration, values).items()
            ]
            if self.confirmed:
                by = {"version": 1, **self.happened}
                steps.append(
                    Step(
                        **common, **by, act=Act.CONFIRM.value, level="command", state=State.CONFIRMED.value,
                        by=self.by.name, by_unit=self.by.unit_code,
                    )
                )  # fmt: skip
                evidence.append(
                    Evidence(
                        **common, **by, fields=filled, source="command", attested_by=self.by.name,
                        attested_unit=self.by.unit_code,
                    )
                )  # fmt: skip
                if declaration.is_public and actions.is_published(record):
                    published.append(actions.published_row(declaration, record, values))
        for made in (records, keys, versions, steps, evidence, published):
            insert_all(made)
        if self.confirmed:
            telling.confirmed(declaration, list(zip(records, contents_told, strict=True)))
        self.report.stored += len(records)


NO_COLUMN = Text(vi="Tệp không có cột “{label}”.", en='The file has no column "{label}".')
NO_COLUMN_FIX = Text(
    vi="Thêm cột này vào tệp, hoặc ghép một cột của tệp với nội dung này.",
    en="Add the column, or say which column of the file means it.",
)
IN_REVIEW = Text(
    vi="Hồ sơ đang được rà soát nên chưa sửa được.", en="The record is under review and cannot be changed."
)


def accepted(words: Sequence[str]) -> frozenset[str]:
    """Causes the sender says may be put right, by name; others are left out."""
    return frozenset(words) & REPAIRABLE
