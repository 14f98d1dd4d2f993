from collections.abc import Sequence

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text


class PlanProblem(KhoyteError):
    """An act on a plan that cannot be done as asked."""

    code = "plan-problem"
    status = 422


class UnknownTask(KhoyteError):
    """Not there and not yours answer alike."""

    code = "not-found"
    status = 404

    def __init__(self) -> None:
        super().__init__(Text("Không có nhiệm vụ này.", "There is no such task."))


class UnknownReport(KhoyteError):
    """Not there and not yours answer alike."""

    code = "not-found"
    status = 404

    def __init__(self) -> None:
        super().__init__(Text("Không có báo cáo này.", "There is no such report."))


class Circle(PlanProblem):
    """A dependency would make tasks wait for themselves."""

    code = "plan-circle"

    def __init__(self, path: Sequence[str]):
        super().__init__(
            Text(
                "Các nhiệm vụ chờ lẫn nhau thành vòng: {path}.", "These tasks wait for each other: {path}."
            ).fill(path=" → ".join(path)),
            remedy=Text("Bỏ một quan hệ trong vòng rồi ghi lại.", "Take one of them away first."),
            path=tuple(path),
        )
