"""Words for people: every label and message exists in Vietnamese and in English.

Vietnamese is the language of the house and comes first; English stands beside it for vendors and visitors.
"""

import re
from dataclasses import dataclass

LANGUAGES = ("vi", "en")

_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Text:
    """One message in both languages; `{name}` marks a place that `fill` fills."""

    vi: str
    en: str

    def say(self, lang: str = "vi") -> str:
        """The words in `lang`; any language but English gets Vietnamese."""
        return self.en if lang == "en" else self.vi

    def fill(self, **params: object) -> "Text":
        """Both languages with their places filled.

        A place without a parameter stays as it is, so that a message is never lost to a missing fact. Values
        are inserted as they are and never read as templates: they come from other people's files. A value
        that is itself a Text is said in the language it stands in.
        """
        return Text(vi=_filled(self.vi, params, "vi"), en=_filled(self.en, params, "en"))

    def __str__(self) -> str:
        return self.vi


def _filled(template: str, params: dict[str, object], lang: str) -> str:
    def value_at(place: re.Match[str]) -> str:
        name = place.group(1)
        if name not in params:
            return place.group(0)
        value = params[name]
        return value.say(lang) if isinstance(value, Text) else str(value)

    return _PLACE.sub(value_at, template)
