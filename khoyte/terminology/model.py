"""What a catalogue is: codes with their attributes, in a release that holds for a period.

Codes keep the form the official list writes (ICD-10 as "J18.9"). Records write some of them otherwise
("J189"), so a release is asked with either form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from khoyte.foundation.language import Text

Attributes = Mapping[str, str]
Codes = Mapping[str, Attributes]

# What rules may ask of a diagnosis. A name outside would find nothing and silence its rule, so it is refused.
ICD10_ATTRIBUTES = {
    "not_as_main": Text("không dùng làm bệnh chính", "not allowed as main disease"),
    "discouraged_as_main": Text("hạn chế dùng làm bệnh chính", "discouraged as main disease"),
    "has_more_specific": Text("có mã chi tiết hơn", "has a more specific code"),
    "death_only": Text("chỉ dùng cho nguyên nhân tử vong", "for causes of death only"),
    "male_only": Text("chủ yếu ở nam", "mainly in men"),
    "female_only": Text("chủ yếu ở nữ", "mainly in women"),
}

_DOTTED = frozenset({"icd10"})
_ICD10_SIGNS = "†*‡ "
_NO = frozenset({"", "0", "no", "false", "khong", "không"})


@dataclass(frozen=True)
class ReleaseHeader:
    """What is known of a release without reading its codes.

    `valid_to` is the last day, None while in force. A release that is not `complete` says of a missing code
    nothing (see CatalogueRelease.has). An `overlay` gives attributes to the codes of the release before it.
    `sha256` covers header and codes.
    """

    name: str
    valid_from: date
    valid_to: date | None
    complete: bool
    overlay: bool
    source: str
    size: int
    sha256: str

    @property
    def slot(self) -> tuple[str, date, bool]:
        """What two releases share when one replaces the other: catalogue, first day, base or overlay."""
        return (self.name, self.valid_from, self.overlay)

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class CatalogueRelease:
    """One release with its codes: code -> attributes, name_vi and name_en among them where known."""

    name: str
    valid_from: date
    valid_to: date | None
    complete: bool
    source: str
    codes: Codes
    _bearing: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def has(self, code: str) -> bool:
        """Whether a record may bear this code: False only for a code that is surely none.

        Of a release that is not complete a missing code proves nothing; for ICD-10 it is still none when its
        three-character category is unknown.
        """
        if self.holds(code):
            return True
        if self.complete or not code:
            return False
        return self.name not in _DOTTED or code[:3] in self._categories

    def holds(self, code: str) -> bool:
        """Whether the code stands in this release."""
        return bare_code(self.name, code) in self._by_bare_code

    def attributes(self, code: str) -> Attributes | None:
        """The attributes of a code in either form, None when it is not held."""
        written = self._by_bare_code.get(bare_code(self.name, code))
        return None if written is None else self.codes[written]

    def written_form(self, code: str) -> str | None:
        """The code as the official list writes it, None when it is not held."""
        return self._by_bare_code.get(bare_code(self.name, code))

    def with_attribute(self, attribute: str) -> frozenset[str]:
        """Codes for which the attribute is set (to anything but no, 0, false), in every form of writing.

        Raises KeyError for an attribute that ICD-10 does not have here.
        """
        if self.name == "icd10" and attribute not in ICD10_ATTRIBUTES:
            raise KeyError(attribute)
        if attribute not in self._bearing:
            bearing = {code for code, known in self.codes.items() if is_set(known.get(attribute, ""))}
            self._bearing[attribute] = frozenset(bearing | {bare_code(self.name, code) for code in bearing})
        return self._bearing[attribute]

    @cached_property
    def all_forms(self) -> frozenset[str]:
        """Every code in every form of writing."""
        return frozenset(self.codes) | frozenset(self._by_bare_code)

    @cached_property
    def _by_bare_code(self) -> dict[str, str]:
        return {bare_code(self.name, code): code for code in self.codes}

    @cached_property
    def _categories(self) -> frozenset[str]:
        return frozenset(code[:3] for code in self.codes)

    def overlaid_on(self, base: "CatalogueRelease | None") -> "CatalogueRelease":
        """This release's attributes on the base's codes: an attribute it speaks of is taken from it alone."""
        if base is None:
            return self
        spoken_of = {attribute for known in self.codes.values() for attribute in known}
        codes: dict[str, Attributes] = {
            code: {name: value for name, value in known.items() if name not in spoken_of}
            for code, known in base.codes.items()
        }
        for code, known in self.codes.items():
            written = base.written_form(code) or code
            codes[written] = {**codes.get(written, {}), **known}
        return replace(self, codes=codes, source=f"{self.source}; {base.source}")


def bare_code(name: str, code: str) -> str:
    """The form by which codes of a catalogue are compared: ICD-10 without its dot, others as they are."""
    if name in _DOTTED and code[3:4] == ".":
        return code[:3] + code[4:]
    return code


def official_code(name: str, code: str) -> str:
    """The form the official list writes: ICD-10 with its dot and without dagger or asterisk."""
    if name not in _DOTTED:
        return code
    bare = bare_code(name, code.strip(_ICD10_SIGNS))
    return f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare


def is_set(value: str) -> bool:
    """Whether an attribute's value says yes."""
    return value.strip().lower() not in _NO
