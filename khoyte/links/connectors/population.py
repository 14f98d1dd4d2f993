"""National population database (Cơ sở dữ liệu quốc gia về dân cư): are these particulars of one person?

Asks about one person at a time and learns no more than which of the particulars agree. The wire form is ours
until the service's is known; the classes of answers are those of Decree 69/2024/NĐ-CP, Art. 18 to 20, as
understood from secondary notes.
"""

from dataclasses import dataclass
from uuid import UUID

from khoyte.foundation.language import Text
from khoyte.links.connectors.line import Line, Reply
from khoyte.links.destinations import POPULATION

OUTCOMES = ("match", "mismatch", "not_found", "cancelled", "deceased")
FIELDS = ("full_name", "birth_date", "sex")


@dataclass(frozen=True, repr=False)
class Question:
    """Particulars as declared; `transaction` is the same however often it is asked."""

    transaction: UUID
    purpose: str
    number: str
    full_name: str
    birth_date: str
    sex: str


@dataclass(frozen=True)
class Finding:
    """`differing` names the particulars that do not agree (mismatch only)."""

    outcome: str
    differing: tuple[str, ...] = ()


class Population:
    name = POPULATION
    label = Text(vi="Cơ sở dữ liệu quốc gia về dân cư", en="National population database")
    operator = Text(vi="Bộ Công an (C06)", en="Ministry of Public Security (C06)")
    legal = "Nghị định 69/2024/NĐ-CP, Điều 18 đến 20; Luật Căn cước 26/2023/QH15; Kế hoạch 1642/KH-BYT"

    def ask(self, line: Line, question: Question) -> tuple[Reply, Finding | None]:
        """None when the answer is no answer to this question."""
        reply = line.post(
            "/v1/verify",
            {
                "transaction": str(question.transaction),
                "purpose": question.purpose,
                "personal_number": question.number,
                "full_name": question.full_name,
                "birth_date": question.birth_date,
                "sex": question.sex,
            },
        )
        return reply, _finding(reply, question)


def _finding(reply: Reply, question: Question) -> Finding | None:
    document = reply.document
    if not isinstance(document, dict) or document.get("transaction") != str(question.transaction):
        return None
    outcome, agree = document.get("result"), document.get("agree")
    if outcome not in OUTCOMES:
        return None
    if outcome != "mismatch":
        return Finding(outcome)
    differing = tuple(name for name in FIELDS if isinstance(agree, dict) and agree.get(name) is False)
    return Finding(outcome, differing) if differing else None
