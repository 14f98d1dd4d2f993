"""Two who change one record: what the later one typed, put together with what the other stored meanwhile.

A field nobody but one of them has touched is theirs to decide; where both wrote something else, the words of
whoever is typing stay in the form and the other's stand beside them. Nothing of either is lost in silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from khoyte.foundation.language import Text
from khoyte.foundation.look.formats import moment
from khoyte.registers import content as contents
from khoyte.registers import presenters
from khoyte.registers.declaration import Declaration
from khoyte.registers.models import Record, Version

Typed = Mapping[str, str]

CHANGED = Text(
    vi="{label}: {old} → {new} ({who}, {at}).",
    en="{label}: {old} → {new} ({who}, {at}).",
)
BOTH = Text(
    vi="{label}: người khác đã ghi {new} ({who}, {at}); trước đó là {old}. "
    "Biểu mẫu giữ nội dung ông/bà vừa nhập.",
    en="{label}: somebody wrote {new} ({who}, {at}), instead of {old}. The form keeps what you typed.",
)
LOOK_AGAIN = Text(
    vi="Biểu mẫu dưới đây đã có nội dung mới đó và nội dung ông/bà nhập. Xem lại rồi lưu.",
    en="The form below holds what is new and what you typed. Look at it again, then save.",
)


@dataclass(frozen=True)
class Joined:
    """`typed`: what the form shows now. `told`: field → what the other wrote. `both`: where both did."""

    typed: Typed
    told: Mapping[str, Text]
    both: frozenset[str] = frozenset()

    @property
    def lines(self) -> dict[str, list[Text]]:
        """All that is told, as the summary of a form takes it."""
        return {name: [text] for name, text in self.told.items()}

    @property
    def at_fields(self) -> dict[str, list[Text]]:
        """What stands at the fields that wait for a decision."""
        return {name: [text] for name, text in self.told.items() if name in self.both}

    def fields(self, declaration: Declaration) -> list[Text]:
        """The labels of what the other changed."""
        return [declaration.by_name[name].label for name in self.told]


def join(typed: Typed, opened: Typed, standing: Typed) -> tuple[dict[str, str], frozenset[str]]:
    """What was typed over `opened`, put over what stands now; the fields in which both wrote otherwise."""
    joined, both = dict(typed), set()
    for name, value in typed.items():
        before, now = _plain(opened.get(name)), _plain(standing.get(name))
        if _plain(value) == before:
            joined[name] = standing.get(name, "")
        elif now not in (before, _plain(value)):
            both.add(name)
    return joined, frozenset(both)


def _plain(words: str | None) -> str:
    """Browsers send lines with carriage returns; spaces around a value are no change of it."""
    return (words or "").replace("\r\n", "\n").strip()


def joined_with(declaration: Declaration, record: Record, typed: Typed, seen: int) -> Joined:
    """`typed` in a form that was opened on version `seen`, with what stands in the record now."""
    later = list(Version.objects.filter(record=record.pk, number__gte=seen).order_by("number"))
    if not later or later[0].number != seen or seen == record.version:
        return Joined(typed, {})
    opened = contents.opened_content(declaration, later[0])
    standing = contents.content_of(declaration, record)
    joined, both = join(
        typed, presenters.form_words(declaration, opened), presenters.form_words(declaration, standing)
    )
    told = {}
    for field in declaration.fields:
        last = next((one for one in reversed(later[1:]) if field.name in one.changed), None)
        if last is None or opened[field.name] == standing[field.name]:
            continue
        told[field.name] = (BOTH if field.name in both else CHANGED).fill(
            label=field.label,
            old=presenters.value_words(field, opened[field.name]) or "–",
            new=presenters.value_words(field, standing[field.name]) or "–",
            who=last.recorded_by,
            at=moment(last.recorded_at),
        )
    return Joined(joined, told, both)
