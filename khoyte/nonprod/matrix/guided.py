"""Of every facility in the matrix: a request for support, a session of its province, who came."""

import io
from dataclasses import dataclass, replace

from PIL import Image

from khoyte.foundation.calendar import today
from khoyte.guidance import actions, pictures
from khoyte.guidance.models import Attendance, SupportRequest, TrainingSession
from khoyte.units.policy import Actor


@dataclass(frozen=True)
class Guided:
    support: str
    entry: str
    session: str
    passed: str
    words: dict[str, frozenset[str]]


def guide(code: str, province: str, by: Actor, office: Actor) -> Guided:
    """`office`: an officer of the province, who passes one of the two requests on to the operators."""
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
    came = {"account": attending, "unit": code, "facility": code, "province": province, "marked_by": "x"}
    for one in (session, TrainingSession.objects.get(pk=national())):
        Attendance.objects.create(session=one, **came)
    passed = _passed(code, by, office)
    entry = request.entries.get()
    words = {
        "@support": frozenset({subject, f"NộiDungHỏi({code})", str(request.pk)}),
        "@attendance": frozenset({attending}),
        "@passed": frozenset({f"ChuyểnTiếp({code})", str(passed.pk)}),
    }
    return Guided(str(request.pk), str(entry.pk), str(session.pk), str(passed.pk), words)


def _passed(code: str, by: Actor, office: Actor) -> SupportRequest:
    # Not who sends records: operators are told who asks.
    asker = replace(by, name="nguoi-hoi-xr")
    asked = actions.ask(
        kind="question", subject=f"ChuyểnTiếp({code})", words="-", context=actions.Context(), by=asker
    )
    return actions.pass_on(id=asked.pk, words="-", by=office)


def national() -> str:
    """The session of the ministry, where people of every facility were."""
    made, _ = TrainingSession.objects.get_or_create(
        province="",
        defaults={
            "unit": "BYT", "topic": "security", "day": today(), "place": "-", "trainer": "-",
            "code": "MABYT", "recorded_by": "x",
        },
    )  # fmt: skip
    return str(made.pk)
