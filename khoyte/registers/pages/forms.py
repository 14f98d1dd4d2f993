"""`…/moi` and `…/sua`: the form of a register. What was typed is kept as a draft until it is handed in.

With its script the page saves the draft by itself; without, the button does. Both keep what is typed even
when it is not right yet, sealed, for the account that typed it.
"""

import re
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.foundation.look import forms as look
from khoyte.foundation.text import without_controls
from khoyte.registers import actions, attaching, documents, joining, presenters, queries
from khoyte.registers import content as contents
from khoyte.registers.declaration import Code, Declaration, Field
from khoyte.registers.errors import Changed, NotNow, WrongRecord
from khoyte.registers.known import Register, register
from khoyte.registers.models import Draft, Record
from khoyte.registers.strangers import strangers_noted
from khoyte.registers.tenants import Tenants
from khoyte.units.errors import Refused
from khoyte.units.policy import decide
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest, guarded

Typed = Mapping[str, str]
_SEALED_FOR, _SEEN = "register.draft", "phien-ban"


_KINDS = {"code": "choice", "boolean": "choice", "long_text": "long", "date": "day"}
_MODES = {"integer": "numeric", "personal_number": "numeric", "phone": "tel"}
_UNIT = Text(vi="Đơn vị: {unit}.", en="Unit: {unit}.")
_EXAMPLE = Text(vi="Ví dụ: {words}", en="Example: {words}")


@dataclass(frozen=True)
class Input:
    """One declared field with what was typed into it, and what is wrong with that."""

    field: Field
    value: str
    problems: tuple[Text, ...] = ()

    @property
    def drawn(self) -> look.Field:
        """The field as the forms of the house draw it."""
        return look.Field(
            self.field.name,
            self.field.label,
            _KINDS.get(self.field.kind, "text"),
            choices=[(one.code, one.label) for one in self.choices],
            hint=self.hint,
            required=self.field.required,
            mode=_MODES.get(self.field.kind, ""),
        )

    @property
    def hint(self) -> Text | str:
        """What the declaration says of the field: its help, its unit, an example."""
        field = self.field
        parts = [
            field.help,
            _UNIT.fill(unit=field.measure) if field.measure else None,
            _EXAMPLE.fill(words=field.example) if field.example else None,
        ]
        said = [one for one in parts if one is not None]
        if not said:
            return ""
        return Text(vi=" ".join(one.vi for one in said), en=" ".join(one.en for one in said))

    @property
    def typed(self) -> str:
        """The value, as the code of its choice where it is written out."""
        if _KINDS.get(self.field.kind) != "choice":
            return self.value
        return next((one.code for one in self.choices if self.value in (one.code, one.label.vi)), self.value)

    @cached_property
    def offered(self) -> Sequence[tuple[str, str]]:
        """Of several values: those of the list in force, (code, name), to tick."""
        return self.field.offered() if self.field.offered and self.field.kind == "list" else ()

    @property
    def ticked(self) -> list[str]:
        known = {code for code, _ in self.offered}
        return [one for one in self._values if one in known]

    @property
    def others(self) -> str:
        """What is not of the list offered, as it was written."""
        return "; ".join(one for one in self._values if one not in self.ticked)

    @property
    def _values(self) -> list[str]:
        return [one.strip() for one in self.value.split(";") if one.strip()]

    @property
    def kept(self) -> Text:
        """Of a document: what is said of the file that is there already."""
        return HAS_FILE.fill(digest=self.value[:8])

    @property
    def accepted(self) -> str:
        return documents.ACCEPTED

    @property
    def choices(self) -> tuple[Code, ...]:
        if self.field.kind == "boolean":
            return (Code("1", presenters.YES), Code("0", presenters.NO))
        return self.field.codes


HAS_FILE = Text(
    vi="Đã có tệp (mã {digest}). Chọn tệp khác để thay.",
    en="A file is there ({digest}). Choose another to replace it.",
)


@dataclass
class Group:
    label: Text
    inputs: list[Input] = field(default_factory=list)


@guarded("register.write", transaction=False)
@require_http_methods(["GET", "POST"])
def new(request: ActingRequest, name: str) -> HttpResponse:
    found = register(name)
    _admit_authority(request, found)
    if request.method == "GET":
        with speaking_as(request.actor):
            draft = _draft_of(request, found, None)
            known = found.declaration.held(request.actor) if found.declaration.held else {}
            return _page(request, found, None, _opened(draft) or known, draft=draft)
    return _handed_in(request, found, None)


@guarded("register.write", transaction=False)
@require_http_methods(["GET", "POST"])
def edit(request: ActingRequest, name: str, id: uuid.UUID) -> HttpResponse:
    found = register(name)
    _admit_authority(request, found)
    with strangers_noted(request.actor, name, id), speaking_as(request.actor):
        record = queries.record_of(found, id, request.actor)
        decision = decide(request.actor, "register.write", queries.facts_of(record, request.actor))
        if not decision:
            raise Refused(decision.reason, anonymous=False, remedy=decision.remedy)
        if request.method == "GET":
            draft = _draft_of(request, found, record.pk)
            typed, seen = _opened(draft), _version_of(draft)
            if not typed or seen in (0, record.version):
                return _page(request, found, record, typed or typed_of(found, record), draft=draft)
            joined = joining.joined_with(found.declaration, record, typed, seen)
            problem = Changed(joined.fields(found.declaration), remedy=joining.LOOK_AGAIN)
            return _page(request, found, record, joined.typed, draft=draft, problem=problem, joined=joined)
    return _handed_in(request, found, record)


def _admit_authority(request: ActingRequest, found: Register) -> None:
    """Raises Refused where the register holds the acts of an authority that the actor is not."""
    tenants = Tenants(found.declaration, request.actor)
    if not tenants.is_authority:
        raise Refused(tenants.refusal, anonymous=False, remedy=tenants.remedy)


def _handed_in(request: ActingRequest, found: Register, record: Record | None) -> HttpResponse:
    typed, wrong = typed_in(request, found)
    if request.POST.get("viec") == "nhap" and wrong is None:
        with speaking_as(request.actor):
            _save_draft(request, found, record, typed)
        if request.headers.get("X-Requested-With") == "autosave":
            return autosaved(request, found.declaration, typed)
        return HttpResponseRedirect(request.path + "?da-luu=1")
    try:
        if wrong is not None:
            raise wrong
        with speaking_as(request.actor):
            made = _store(request, found, record, typed)
            _drafts(request, found, record.pk if record else None).delete()
            if request.POST.get("viec") == "gui":
                if found.declaration.responsibility:
                    return HttpResponseRedirect(f"/so-dang-ky/{found.name}/{made.pk}/cam-ket")
                actions.submit(register=found, id=made.pk, by=request.actor)
    except Changed as problem:
        return _somebody_was_first(request, found, record, typed, problem)
    except (WrongRecord, NotNow) as problem:
        with speaking_as(request.actor):
            _save_draft(request, found, record, typed)
            return _page(request, found, record, typed, problem=problem, status=problem.status)
    return HttpResponseRedirect(f"/so-dang-ky/{found.name}/{made.pk}")


def _somebody_was_first(
    request: ActingRequest, found: Register, record: Record | None, typed: Typed, problem: Changed
) -> HttpResponse:
    """What was typed together with what was stored meanwhile, so that handing in again is a decision."""
    if record is None:
        raise problem
    with speaking_as(request.actor):
        now = queries.record_of(found, record.pk, request.actor)
        joined = joining.joined_with(found.declaration, now, typed, version_seen(request))
        _save_draft(request, found, now, joined.typed, seen=now.version)
        problem = Changed(problem.fields, remedy=joining.LOOK_AGAIN)
        return _page(request, found, now, joined.typed, problem=problem, status=problem.status, joined=joined)


def version_seen(request: ActingRequest) -> int:
    """The version a form was opened on; 0 where it does not say."""
    version = request.POST.get("phien-ban", "")
    return int(version) if version.isdecimal() and len(version) < 9 else 0


def version_shown(request: ActingRequest, record: Record | None, problem: KhoyteError | None) -> int | str:
    """The version a form that comes back was opened on, "" for what is not there yet.

    Another's change is answered with the newest, as it is shown then and handing in again is a decision.
    """
    if problem is not None and not isinstance(problem, Changed):
        return version_seen(request) or ""
    return record.version if record else ""


def typed_in(request: ActingRequest, found: Register) -> tuple[dict[str, str], WrongRecord | None]:
    """What was typed and chosen, and what is wrong with a chosen file; what was there before stays then.

    A file lies under the name of its field and "-tep"; the field itself is the digest of what is kept, so
    that a file survives a form that comes back. In a transaction of its own.
    """
    declaration = found.declaration
    typed = {name: _given(request, one)[:4000] for name, one in declaration.by_name.items()}
    problems: dict[str, list[Text]] = {}
    for one in declaration.documents:
        if not _DIGEST.fullmatch(typed[one.name]) or request.POST.get(f"{one.name}-bo") == "1":
            typed[one.name] = ""
        file = request.FILES.get(f"{one.name}-tep")
        if file is None:
            continue
        try:
            if (file.size or 0) > documents.MOST_BYTES:
                raise documents.WrongDocument(documents.TOO_LARGE)
            with speaking_as(request.actor):
                chosen = attaching.choose(register=found, data=b"".join(file.chunks()), by=request.actor)
            typed[one.name] = bytes(chosen.sha256).hex()
        except documents.WrongDocument as problem:
            problems[one.name] = [problem.text]
    return typed, WrongRecord(problems) if problems else None


def _given(request: ActingRequest, field: Field) -> str:
    """Several values come one by one (those ticked) and written together."""
    if field.kind != "list":
        return request.POST.get(field.name, "")
    several = [one.strip() for words in request.POST.getlist(field.name) for one in words.split(";")]
    return "; ".join(dict.fromkeys(filter(None, several)))


_DIGEST = re.compile("[0-9a-f]{64}")


def autosaved(request: ActingRequest, declaration: Declaration, typed: Typed) -> HttpResponse:
    """Nothing to say, but for a file that was sent along: it need not be sent again."""
    kept = {
        one.name: {
            "digest": typed[one.name],
            "words": Input(one, typed[one.name]).kept.say(request.LANGUAGE_CODE),
        }
        for one in declaration.documents
        if f"{one.name}-tep" in request.FILES
    }
    return JsonResponse(kept) if kept else HttpResponse(status=204)


def _store(request: ActingRequest, found: Register, record: Record | None, typed: Typed) -> Record:
    if record is None:
        return actions.create(register=found, content=typed, by=request.actor, source="form")
    return actions.change(
        register=found,
        id=record.pk,
        patch=typed,
        by=request.actor,
        source="form",
        expected_version=version_seen(request),
    )


def _page(
    request: ActingRequest,
    found: Register,
    record: Record | None,
    typed: Typed,
    *,
    draft: Draft | None = None,
    problem: KhoyteError | None = None,
    status: int = 200,
    joined: joining.Joined | None = None,
) -> HttpResponse:
    declaration = found.declaration
    problems = problem.problems if isinstance(problem, WrongRecord) else {}
    told, at_fields = (joined.lines, joined.at_fields) if joined else (problems, problems)
    context = {
        "declaration": declaration,
        "record": record,
        "version": version_shown(request, record, problem),
        "groups": groups_of(declaration, typed, at_fields, own=_own(declaration, request)),
        "problem": problem,
        "problems": problem_lines(declaration, told),
        "draft": draft,
        "saved": request.GET.get("da-luu") == "1",
    }
    return render(request, "registers/form.html", context, status=status)


def _own(declaration: Declaration, request: ActingRequest) -> Typed:
    return {
        declaration.facility_from: Tenants(declaration, request.actor).own_code,
        declaration.province_from: request.actor.province,
    }


def groups_of(
    declaration: Declaration,
    typed: Typed,
    problems: Mapping[str, Any],
    *,
    own: Typed,
    only: Collection[str] | None = None,
) -> list[Group]:
    """The inputs by section, `only` those named; `own` stands where nothing was typed."""
    groups: dict[Text, Group] = {}
    for one in declaration.fields:
        if only is not None and one.name not in only:
            continue
        # What was refused for a control character comes back without it, to be looked at and sent again.
        value = without_controls(typed.get(one.name, "")) or own.get(one.name, "")
        group = groups.setdefault(one.group, Group(one.group))
        group.inputs.append(Input(one, value, tuple(problems.get(one.name, ()))))
    return list(groups.values())


def problem_lines(
    declaration: Declaration, problems: Mapping[str, Sequence[Text]]
) -> list[tuple[str, Text | None, Text]]:
    """(field, its label, what is wrong) for the summary on top of a form."""
    return [
        (name, declaration.by_name[name].label if name in declaration.by_name else None, text)
        for name, texts in problems.items()
        for text in texts
    ]


def typed_of(found: Register, record: Record) -> Typed:
    """The content of a record as its form shows it."""
    return presenters.form_words(found.declaration, contents.content_of(found.declaration, record))


# Drafts


def _drafts(request: ActingRequest, found: Register, record: uuid.UUID | None) -> Any:
    return queries.drafts_of(request.actor.name, found.name, record)


def _draft_of(request: ActingRequest, found: Register, record: uuid.UUID | None) -> Draft | None:
    return _drafts(request, found, record).first()


def _opened(draft: Draft | None) -> Typed:
    if draft is None:
        return {}
    kept = orjson.loads(contents.keyring().open(bytes(draft.typed_sealed), _SEALED_FOR))
    return {name: words for name, words in kept.items() if name != _SEEN}


def _version_of(draft: Draft | None) -> int:
    """The version of the record that the draft was typed over; 0 where none was noted."""
    if draft is None:
        return 0
    kept = orjson.loads(contents.keyring().open(bytes(draft.typed_sealed), _SEALED_FOR))
    return int(kept.get(_SEEN) or 0)


def _save_draft(
    request: ActingRequest, found: Register, record: Record | None, typed: Typed, *, seen: int | None = None
) -> None:
    over = {_SEEN: version_seen(request) if seen is None else seen}  # no property has a sign in its name
    sealed = contents.keyring().seal(orjson.dumps({**typed, **over}), _SEALED_FOR)
    actions.keep_draft(register=found, record=record.pk if record else None, sealed=sealed, by=request.actor)
