"""REST of quality: scores, formulas, the records that fail (docs: /api/v1/openapi.json)."""

from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router

from khoyte.audit import actions as audit
from khoyte.foundation.language import Text
from khoyte.quality import queries
from khoyte.quality.computing import criteria_of
from khoyte.quality.criteria import DATABASES, VISITS
from khoyte.quality.errors import WrongQuestion
from khoyte.quality.models import Failing
from khoyte.quality.queries import Scope, Total
from khoyte.quality.words import FORMULAS, WORDS
from khoyte.units.policy import decide
from khoyte.units.web import ActingRequest, guarded

router = Router(tags=["quality"])
ACTION = "register.quality"
SIZE, LARGEST = 100, 500


@router.get("/quality", summary="Sáu yêu cầu theo cơ sở dữ liệu · Six words by database", response=dict)
@guarded(ACTION)
def scores(request: ActingRequest) -> HttpResponse:
    """`province=` and `facility=` narrow a national reader's scope. `as_of`: all changes until then count."""
    scope = _scope(request)
    found = queries.totals(scope)
    return _json({"as_of": _as_of(), "databases": [_total(one) for one in found.values()]})


@router.get("/quality/formulas", summary="Sáu công thức · The six formulas", response=dict)
@guarded(ACTION)
def formulas(request: ActingRequest) -> HttpResponse:
    lang = request.LANGUAGE_CODE
    return _json({"formulas": [_formula(word, lang) for word in WORDS]})


@router.get("/quality/{database}", summary="Một cơ sở dữ liệu theo đơn vị · By unit", response=dict)
@guarded(ACTION)
def of_database(request: ActingRequest, database: str) -> HttpResponse:
    """Totals, causes and the same by province (national readers) or by facility, and the last 30 days."""
    _known(database)
    scope = _scope(request)
    national = request.actor.unit_kind in ("ministry", "department") and not scope.provinces
    parts = queries.by_unit(database, scope, provinces=national)
    return _json(
        {
            "as_of": _as_of(),
            **_total(queries.totals(scope)[database]),
            "causes": [
                {"criterion": name, "failing": n} for name, n in queries.causes(database, scope).items()
            ],
            "units": [{"unit": one.unit, **_total(one)} for one in parts],
            "days": [
                {"day": day.isoformat(), **_counts(total)}
                for day, total in queries.course(database, scope)
                if total
            ],
        }
    )


@router.get("/quality/{database}/{word}/failing", summary="Bản ghi chưa đạt · What fails", response=dict)
@guarded(ACTION)
def failing(request: ActingRequest, database: str, word: str) -> HttpResponse:
    """Ids of records that fail a word, with criteria and who has to act; no particulars of persons.

    `criterion=` one of them, `cursor=` and `limit=` up to 500. Of visits only for who may read visits.
    """
    _known(database, word)
    if not decide(request.actor, "visit.read" if database == VISITS else "register.read"):
        raise Http404
    rows = queries.failing(database, _scope(request), word=word, criterion=request.GET.get("criterion", ""))
    size = _size(request)
    found = list(rows.filter(id__gt=_cursor(request))[: size + 1])
    following = str(found[size - 1].pk) if len(found) > size else None
    audit.record(
        by=request.actor, action="quality.failing", subject_kind="register", subject_id=database,
        facility=request.actor.facility, province=request.actor.province,
        details={"word": word, "records": len(found[:size])},
    )  # fmt: skip
    lang = request.LANGUAGE_CODE
    document = {
        "as_of": _as_of(),
        "records": [_failing(one, lang) for one in found[:size]],
        "next": following,
    }
    return _json(document)


# Reading requests


def _scope(request: ActingRequest) -> Scope:
    """Within the reader's own, as pages do: another's province or facility has no effect."""
    asked = {name: request.GET.get(name, "")[:20] for name in ("province", "facility")}
    return queries.scope_of(request.actor, **asked)


def _known(database: str, word: str = "") -> None:
    if database not in DATABASES or (word and word not in FORMULAS):
        raise Http404


def _size(request: HttpRequest) -> int:
    return max(1, min(_number(request, "limit", SIZE), LARGEST))


def _cursor(request: HttpRequest) -> int:
    return _number(request, "cursor", 0)


def _number(request: HttpRequest, name: str, default: int) -> int:
    """Raises WrongQuestion."""
    written = request.GET.get(name, "")
    if not written:
        return default
    if not written.isdecimal() or len(written) > 18:
        raise WrongQuestion(
            Text("{name} phải là số nguyên.", "{name} must be a whole number.").fill(name=name)
        )
    return int(written)


# Answers


def _as_of() -> str | None:
    settled = queries.settled_at()
    return settled.isoformat() if settled else None


def _counts(one: Total) -> dict[str, Any]:
    return {"counted": one.counted, "failing": {word: one.fails(word) for word in WORDS}}


def _total(one: Total) -> dict[str, Any]:
    words = {
        word: {"share": one.share(word), "failing": one.fails(word), "formula": FORMULAS[word].version}
        for word in WORDS
    }
    return {"database": one.database, "counted": one.counted, "words": words}


def _formula(word: str, lang: str) -> dict[str, Any]:
    one = FORMULAS[word]
    return {
        "word": word,
        "label": one.label.say(lang),
        "version": one.version,
        "valid_from": one.valid_from.isoformat(),
        "unit": one.unit.say(lang),
        "meaning": one.meaning.say(lang),
        "numerator": one.passes.say(lang),
        "denominator": one.counted.say(lang),
        "documents": one.documents,
        "source": one.source.say(lang),
        "criteria": {
            database.name: [
                {"criterion": name, "label": item.label.say(lang), "acts": item.acts, "legal": item.legal}
                for name, item in criteria_of(database).items()
                if item.word == word
            ]
            for database in DATABASES.values()
        },
    }


def _failing(one: Failing, lang: str) -> dict[str, Any]:
    known = criteria_of(DATABASES[one.database])
    return {
        "record": one.record,
        "facility": one.facility or None,
        "province": one.province or None,
        "words": one.words,
        "since": one.since.isoformat(),
        "criteria": [
            {
                "criterion": name,
                "word": known[name].word,
                "label": known[name].label.say(lang),
                "fix": known[name].fix.say(lang),
                "acts": known[name].acts,
            }
            for name in one.criteria
            if name in known
        ],
    }


def _json(document: Any) -> HttpResponse:
    return HttpResponse(orjson.dumps(document), content_type="application/json")
