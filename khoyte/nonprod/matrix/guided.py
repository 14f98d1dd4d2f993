"""Of every facility in the matrix: a request for support, a session of its province, who came."""

import io
from dataclasses import dataclass

from PIL import Image

from khoyte.foundation.calendar import today
from khoyte.guidance import actions, pictures
from khoyte.guidance.models import Attendance, TrainingSession
from khoyte.units.policy import Actor


@dataclass(frozen=True)
class Guided:
    support: str
    entry: str
    session: str
    words: dict[str, frozenset[str]]


def guide(code: str, province: str, by: Actor) -> Guided:
    written = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(written, "PNG")
    subject, attending = f"VấnĐề({code})", f"NgườiDự({code})"
    request = actions.ask(
        kind="question",
        subject=subject,
        words=f"NộiDungHỏi({code})",
        context=actions.Context("/goi-ho-so"),
        picture=pictures.judged(written.getvalue()),
        by=by,
    )
    session, _ = TrainingSession.objects.get_or_create(
        province=province,
        defaults={
            "unit": province, "topic": "security", "day": today(), "place": "-", "trainer": "-",
            "code": f"MA{province}", "recorded_by": "x",
        },
    )  # fmt: skip
    Attendance.objects.create(
        session=session, account=attending, unit=code, facility=code, province=province, marked_by="x"
    )
    entry = request.entries.get()
    words = {
        "@support": frozenset({subject, f"NộiDungHỏi({code})", str(request.pk)}),
        "@attendance": frozenset({attending}),
    }
    return Guided(str(request.pk), str(entry.pk), str(session.pk), words)
