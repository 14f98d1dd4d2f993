"""Where a record stands on its way to be official, and the one table of what may happen to it there.

declared → reviewed level by level → confirmed. Which levels there are, and who acts on each, is data of the
declaration; a record under review stands at one `level` of it. A change of a confirmed record begins the way
again for the fields that changed, while what was confirmed before stays in force.
"""

from enum import StrEnum

from khoyte.foundation.language import Text


class State(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    CHANGE = "change"  # sửa nội dung
    SUBMIT = "submit"  # gửi rà soát
    CONFIRM = "confirm"  # xác nhận ở một cấp
    RETURN = "return"  # trả lại bổ sung
    WITHDRAW = "withdraw"  # rút


STATE_LABELS: dict[State, Text] = {
    State.DRAFT: Text(vi="Tự kê khai, chưa gửi", en="Declared, not sent"),
    State.IN_REVIEW: Text(vi="Chờ rà soát", en="Under review"),
    State.RETURNED: Text(vi="Trả lại bổ sung", en="Returned"),
    State.CONFIRMED: Text(vi="Đã xác nhận", en="Confirmed"),
    State.WITHDRAWN: Text(vi="Đã rút", en="Withdrawn"),
}

ABOVE = "above"
"""Target of a confirmation: the level above, or CONFIRMED when there is none."""

TRANSITIONS: dict[tuple[State, Act], State | str] = {
    (State.DRAFT, Act.CHANGE): State.DRAFT,
    (State.DRAFT, Act.SUBMIT): State.IN_REVIEW,
    (State.DRAFT, Act.WITHDRAW): State.WITHDRAWN,
    (State.IN_REVIEW, Act.CONFIRM): ABOVE,
    (State.IN_REVIEW, Act.RETURN): State.RETURNED,
    (State.IN_REVIEW, Act.WITHDRAW): State.WITHDRAWN,
    (State.RETURNED, Act.CHANGE): State.RETURNED,
    (State.RETURNED, Act.SUBMIT): State.IN_REVIEW,
    (State.RETURNED, Act.WITHDRAW): State.WITHDRAWN,
    (State.CONFIRMED, Act.CHANGE): State.DRAFT,
}

REFUSALS: dict[tuple[State, Act], Text] = {
    (State.DRAFT, Act.CONFIRM): Text(vi="Hồ sơ chưa gửi rà soát.", en="It was not sent for review yet."),
    (State.DRAFT, Act.RETURN): Text(vi="Hồ sơ chưa gửi rà soát.", en="It was not sent for review yet."),
    (State.IN_REVIEW, Act.CHANGE): Text(
        vi="Hồ sơ đang được rà soát. Chờ kết quả hoặc đề nghị trả lại trước khi sửa.",
        en="It is under review. Wait for the result, or ask to have it returned, before changing it.",
    ),
    (State.IN_REVIEW, Act.SUBMIT): Text(vi="Hồ sơ đã được gửi rà soát.", en="It is under review already."),
    (State.RETURNED, Act.CONFIRM): Text(
        vi="Hồ sơ đã trả lại bổ sung, chờ đơn vị gửi lại.", en="It was returned and not sent again yet."
    ),
    (State.RETURNED, Act.RETURN): Text(vi="Hồ sơ đã trả lại bổ sung.", en="It was returned already."),
    (State.CONFIRMED, Act.SUBMIT): Text(vi="Hồ sơ đã được xác nhận.", en="It is confirmed already."),
    (State.CONFIRMED, Act.CONFIRM): Text(vi="Hồ sơ đã được xác nhận.", en="It is confirmed already."),
    (State.CONFIRMED, Act.RETURN): Text(vi="Hồ sơ đã được xác nhận.", en="It is confirmed already."),
    (State.CONFIRMED, Act.WITHDRAW): Text(
        vi="Hồ sơ đã xác nhận không rút được; ghi quyết định thu hồi hoặc thay thế.",
        en="What is confirmed is not withdrawn; record the decision that ends it.",
    ),
    **{(State.WITHDRAWN, act): Text(vi="Hồ sơ đã rút.", en="It was withdrawn.") for act in Act},
}
