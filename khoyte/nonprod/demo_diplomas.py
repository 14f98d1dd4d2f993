"""Diplomas of the demonstration, with pictures that are drawn here and say so: none was ever a paper."""

import io
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from khoyte.nonprod.generator.world import PROVINCES, Practitioner

CONFIRMED, WAITING = 6, 2
"""So many of the staff of the first facility have a confirmed diploma; so many more wait for its reviewer."""
DEGREES = {"bác sỹ": ("DH", "Y khoa"), "điều dưỡng": ("CD", "Điều dưỡng"), "kỹ thuật y": ("CD", "Xét nghiệm")}


def drawn(lines: Sequence[str]) -> bytes:
    """A JPEG of a sheet with these lines, and that it is no diploma."""
    fonts = Path(import_module("fontpkg_be_vietnam_pro").ROOT) / "files"
    large, small = (ImageFont.truetype(str(fonts / "BeVietnamPro-Regular.ttf"), size) for size in (44, 30))
    sheet = Image.new("RGB", (1_400, 1_000), (250, 246, 232))
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((30, 30, 1_370, 970), outline=(150, 110, 40), width=6)
    pen.text((700, 150), "HÌNH MINH HỌA – KHÔNG PHẢI VĂN BẰNG", (160, 30, 30), large, "mm")
    for place, line in enumerate(lines):
        pen.text((700, 320 + 90 * place), line, (40, 40, 60), large if place == 0 else small, "mm")
    written = io.BytesIO()
    sheet.save(written, "JPEG", quality=85)
    return written.getvalue()


def enter_diplomas(people: Sequence[Practitioner], herself: Practitioner) -> None:
    """Once: confirmed ones of `people` and of `herself`, and after them what waits for review."""
    from khoyte.registers import actions
    from khoyte.registers.known import register
    from khoyte.units.policy import system_actor

    found, by = register("diplomas"), system_actor("demo")
    if found.model.objects.exists():
        return
    for number, one in enumerate([herself, *people[: CONFIRMED - 1]], start=1):
        content = _content(one, number, by)
        actions.create(register=found, content=content, by=by, source="command", confirmed=True)
    for number, one in enumerate(people[CONFIRMED : CONFIRMED + WAITING], start=CONFIRMED + 1):
        made = actions.create(register=found, content=_content(one, number, by), by=by, source="command")
        actions.submit(register=found, id=made.pk, by=by)


def _content(one: Practitioner, number: int, by: Any) -> dict[str, Any]:
    from khoyte.registers import attaching
    from khoyte.registers.known import register

    kind, specialty = DEGREES[one.title]
    code, year = f"MH {number:06d}", str(one.birth_year + 24)
    issuer = f"Trường Đại học Y {PROVINCES['97']} (minh họa)"
    picture = drawn([issuer, specialty, one.full_name, f"Số hiệu {code}, năm {year}"])
    chosen = attaching.choose(register=register("diplomas"), data=picture, by=by)
    return {
        "personal_number": one.personal_number,
        "kind": kind,
        "specialty": specialty,
        "number": code,
        "issuer": issuer,
        "issued_on": year,
        "document": bytes(chosen.sha256).hex(),
    }
