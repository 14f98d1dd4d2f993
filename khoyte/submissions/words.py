"""Words of what concerns a whole file: its findings and causes. Pure, for `check` and stored verdicts."""

from typing import Any

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.standards import standard_on
from khoyte.submissions import wording
from khoyte.submissions.rulebook.requirements import name_requirement
from khoyte.submissions.verdict import Found


def file_finding(found: Found, profile: str, language: str) -> dict[str, Any]:
    return wording.finding_row(found, found.levels[profile], _standard_now(), language)


def cause_words(cause: dict[str, Any], language: str) -> dict[str, Any]:
    """One cause of a verdict (`verdict.Causes.ranked`) with a name people understand and how to fix it."""
    found = Found(
        cause["rule"],
        cause["version"],
        {},
        cause["table"],
        1,
        cause["field"],
        cause["value"],
        cause["params"],
        cause["part"],
    )
    words = wording.finding_row(found, cause["level"], _standard_now(), language)
    label = _AS_CAUSE.fill(label=words["label"]).say(language)
    place = " ".join(part for part in (cause["table"], cause["field"]) if part)
    value = f" = {cause['value']}" if cause["value"] else ""
    kept = (
        "id",
        "rule",
        "level",
        "table",
        "field",
        "value",
        "findings",
        "dossiers",
        "refused",
        "cured",
        "share",
    )
    return {
        "cause": f"{label}: {place}{value}" if place else label,
        **{name: cause[name] for name in kept},
        "message": words["message"],
        "hint": words["hint"],
        "legal": words["legal"],
    }


# English labels say what holds ("The licence was valid"), Vietnamese ones what must ("phải có hiệu lực").
_AS_CAUSE = Text("{label}", "Not met: {label}")


def _standard_now() -> str:
    # A cause spans dossiers of several periods: labels of today's standard serve them all.
    return standard_on(today()).id


def reason_words(reason: str) -> Text:
    """Why it was judged again, for people, from what `rejudging` keeps ("rule V-012", "asked")."""
    kind, _, name = reason.partition(" ")
    if kind == "catalogue":
        catalogue = name_requirement(f"catalogue:{name}")
        return Text(
            f"kiểm tra lại do cập nhật {catalogue.vi}",
            f"judged again since the {catalogue.en} was updated",
        )
    return _REASONS[kind].fill(name=name) if kind in _REASONS else Text(reason, reason)


_REASONS = {
    "rule": Text("kiểm tra lại do thay đổi quy tắc {name}", "judged again since rule {name} changed"),
    "asked": Text("kiểm tra lại theo yêu cầu", "judged again on request"),
}
