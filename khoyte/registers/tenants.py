"""Whose a record is, and whether an actor may write it."""

from functools import lru_cache
from typing import Any

import polars as pl

from khoyte.foundation.language import Text
from khoyte.registers import content as contents
from khoyte.registers.content import Content, blind_number
from khoyte.registers.declaration import Declaration
from khoyte.registers.known import register
from khoyte.units.policy import Actor, Facts, decide
from khoyte.units.queries import facility as unit_of_facility
from khoyte.units.queries import provinces_of

NOT_YOURS = Text(
    vi="Hồ sơ thuộc đơn vị khác. Cơ sở chỉ kê khai cho cơ sở mình, Sở Y tế cho cơ sở trong tỉnh.",
    en="This belongs to another unit: a facility declares for itself, a province for its facilities.",
)
NOT_THE_AUTHORITY = Text(
    vi="Sổ này chỉ ghi quyết định của cơ quan có thẩm quyền ({steward}). Cơ sở báo cáo sự việc với Sở Y tế "
    "hoặc cơ quan đã cấp giấy phép.",
    en="This register holds decisions of an authority alone ({steward}). A facility reports to the health "
    "department or to whoever issued the licence.",
)


class Tenants:
    """Answers for one request or one import, remembering the units it has asked for."""

    def __init__(self, declaration: Declaration, by: Actor):
        self.declaration, self.by = declaration, by
        self._province_of = lru_cache(maxsize=100_000)(self._province_of_facility)
        self._known: dict[str, str] = {}
        self._followed = lru_cache(maxsize=100_000)(self._owner_of_followed)

    def owner(self, content: Content) -> Facts:
        """Facility and province of the record with this content."""
        declared = self.declaration
        facility = str(content.get(declared.facility_from) or "") if declared.facility_from else ""
        if not facility and declared.follows:
            followed = self._followed(str(content.get(declared.follows.field) or ""))
            if followed is not None and self.by.kind == "system":
                return followed
            facility = followed.facility if followed else ""
        facility = facility or self.own_code
        province = self._province_of(facility) if facility else ""
        if not province and declared.province_from:
            province = str(content.get(declared.province_from) or "")
        # Only a person is asked whether the number is theirs: hashing would cost an import time.
        number = str(content.get("personal_number") or "") if self.by.person else ""
        person = blind_number(number).hex() if number else ""
        return Facts(facility=facility, province=province or self.by.province, person=person)

    @property
    def own_code(self) -> str:
        """The code under which the actor's unit keeps records of its own; "" where it keeps none."""
        if self.declaration.departments_own and self.by.unit_kind == "department":
            return self.by.unit_code
        return self.by.facility

    def look_up(self, rows: pl.DataFrame) -> None:
        """Ask for the units of all rows at once, which else are asked for one by one."""
        if self.declaration.facility_from in rows.columns:
            codes = rows[self.declaration.facility_from].drop_nulls().unique().to_list()
            missing = [code for code in codes if code not in self._known]
            self._known |= dict.fromkeys(missing, "") | provinces_of(missing)

    def settle(self, content: Content) -> tuple[dict[str, Any], Facts]:
        """Content that also says whose it is, where the register has a field for that; and the owner."""
        owner = self.owner(content)
        settled = dict(content)
        if "facility" in self.declaration.by_name and owner.facility:
            settled["facility"] = owner.facility
        if "province" in self.declaration.by_name and owner.province:
            settled["province"] = owner.province
        return settled, owner

    def prefilled(self, raw: pl.DataFrame) -> pl.DataFrame:
        """A unit need not write its own code or province into every line."""
        own = {
            self.declaration.facility_from: self.own_code,
            self.declaration.province_from: self.by.province,
        }
        for name, value in own.items():
            if not name or not value:
                continue
            given = pl.col(name) if name in raw.columns else pl.lit(None, dtype=pl.String)
            raw = raw.with_columns(given.fill_null(value).alias(name))
        return raw

    def may_write(self, owner: Facts, right: str = "register.write") -> bool:
        return self.is_authority and bool(decide(self.by, right, owner))

    @property
    def is_authority(self) -> bool:
        return self.by.kind == "system" or self.declaration.takes_from(self.by.unit_kind)

    @property
    def refusal(self) -> Text:
        """Why `may_write` said no."""
        if self.is_authority:
            return NOT_YOURS
        return NOT_THE_AUTHORITY.fill(steward=self.declaration.steward)

    def _province_of_facility(self, code: str) -> str:
        if code == self.by.facility:
            return self.by.province
        if code in self._known:
            return self._known[code]
        unit = unit_of_facility(code)
        return unit.province if unit else ""

    def _owner_of_followed(self, value: str) -> Facts | None:
        follows = self.declaration.follows
        if not value or follows is None:
            return None
        other = register(follows.register)
        found: Any = (
            other.model.objects.filter(
                **contents.found_by(other.declaration.by_name[follows.their_field], value)
            )
            .exclude(state="withdrawn")
            .values_list("facility", "province")
            .first()
        )
        return Facts(facility=found[0], province=found[1]) if found else None
