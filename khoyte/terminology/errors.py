"""What can be wrong with a catalogue file or a reference pack, in words its sender can act on."""

from dataclasses import dataclass

from khoyte.foundation.errors import KhoyteError, WrongUsage
from khoyte.foundation.language import Text

_SHOWN = 5


@dataclass(frozen=True)
class Problem:
    """One place of a file (a cell such as "B7", or a path in JSON) and what is wrong there."""

    cell: str
    text: Text


class CatalogueRefused(KhoyteError):
    """A catalogue file that was not imported; nothing of it was kept. `problems` lists every place."""

    code = "catalogue-refused"

    def __init__(self, file: str, problems: list[Problem]) -> None:
        super().__init__(_told(file, problems), remedy=_REMEDY, file=file)
        self.problems = problems

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.facts["file"], self.problems)


class UnknownCatalogue(WrongUsage):
    """A catalogue name that does not exist or holds nothing."""

    code = "unknown-catalogue"


class PackDamaged(KhoyteError):
    """A stored release or reference pack whose content is not what its name says."""

    code = "pack-damaged"


def _told(file: str, problems: list[Problem]) -> Text:
    shown = problems[:_SHOWN]
    more = len(problems) - len(shown)
    vi = "; ".join(f"ô {problem.cell}: {problem.text.vi}" for problem in shown)
    en = "; ".join(f"cell {problem.cell}: {problem.text.en}" for problem in shown)
    if more:
        vi, en = f"{vi}; và {more} ô khác", f"{en}; and {more} more"
    return Text(
        vi="Không nhập được danh mục từ tệp {file}: {places}.",
        en="The catalogue in {file} was not imported: {places}.",
    ).fill(file=file, places=Text(vi=vi, en=en))


_REMEDY = Text(
    vi="Sửa các ô đã nêu rồi nhập lại; chưa có nội dung nào được lưu.",
    en="Correct these cells and import again; nothing was stored.",
)
