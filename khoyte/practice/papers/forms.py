"""The two forms that licences of persons and of facilities share: the licence and the decision on it."""

from collections.abc import Sequence

from khoyte.foundation.language import Text
from khoyte.foundation.papers import Paper, Paragraph, Run
from khoyte.foundation.text import fold
from khoyte.practice.papers.words import numbered, signed_by
from khoyte.registers.papers import Occasion
from khoyte.units.policy import Actor

GROUNDS = (
    "Căn cứ Luật Khám bệnh, chữa bệnh số 15/2023/QH15",
    "Căn cứ Nghị định số 96/2023/NĐ-CP quy định chi tiết một số điều của Luật Khám bệnh, chữa bệnh",
)
SIGNS = "GIÁM ĐỐC"


def licence_paper(
    what: Occasion, *, kind: str, about: str, enacting: str, lines: Sequence[tuple[str, str]]
) -> Paper:
    """`lines`: what the licence says, each with its label."""
    return Paper(
        above=what.issuer.above,
        issuer=what.issuer.name.upper(),
        number=what.number,
        place=what.place or what.issuer.place,
        day=what.day,
        kind=kind,
        about=about,
        grounds=GROUNDS,
        enacting=enacting,
        body=numbered(lines),
        signatories=(signed_by(what, SIGNS),),
        mark=what.mark,
    )


def decision_paper(what: Occasion, *, about: str, decided: str, carried_out: str) -> Paper:
    """`about`: "đình chỉ hành nghề"; `decided`: whom and since when; `carried_out`: by whom."""
    articles = (
        f"{about[:1].upper()}{about[1:]} đối với {decided}",
        "Quyết định này có hiệu lực kể từ ngày ký.",
        f"{carried_out} chịu trách nhiệm thi hành Quyết định này./.",
    )
    return Paper(
        above=what.issuer.above,
        issuer=what.issuer.name.upper(),
        number=what.number,
        place=what.place or what.issuer.place,
        day=what.day,
        kind="QUYẾT ĐỊNH",
        about=f"Về việc {about}",
        grounds=GROUNDS,
        enacting="QUYẾT ĐỊNH:",
        body=tuple(
            Paragraph([Run(f"Điều {number}. ", bold=True), words])
            for number, words in enumerate(articles, start=1)
        ),
        signatories=(signed_by(what, SIGNS),),
        recipients=("Như Điều 3", "Bộ Y tế (để báo cáo)", "Lưu: VT"),
        mark=what.mark,
    )


def anothers(issuer: str, actor: Actor) -> Text | None:
    """Why the actor's unit does not print what `issuer` has issued; None where it is its own."""
    return None if fold(issuer) == fold(actor.unit_name) else ANOTHERS.fill(issuer=issuer)


ANOTHERS = Text(
    vi="Giấy phép này do {issuer} cấp; chỉ nơi cấp in giấy phép.",
    en="This licence was issued by {issuer}; only the issuer prints it.",
)
