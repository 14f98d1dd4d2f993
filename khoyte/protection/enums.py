"""Kinds, states and reasons of the data-protection desk; transitions are one table."""

from django.db import models

from khoyte.foundation.language import Text


class RequestKind(models.TextChoices):
    """What a data subject may ask for (quyền của chủ thể dữ liệu cá nhân; Law 91/2025/QH15)."""

    VIEW = "view", "Xem dữ liệu"
    PROVIDE = "provide", "Cung cấp bản sao dữ liệu"
    CORRECT = "correct", "Chỉnh sửa dữ liệu"
    WITHDRAW = "withdraw", "Rút lại sự đồng ý"
    LIMIT = "limit", "Hạn chế xử lý dữ liệu"
    DELETE = "delete", "Xóa dữ liệu"


class RequestState(models.TextChoices):
    RECEIVED = "received", "Chờ trả lời tiếp nhận"
    ANSWERED = "answered", "Đang giải quyết"
    EXTENDED = "extended", "Đã gia hạn"
    DONE = "done", "Đã giải quyết"
    REFUSED = "refused", "Đã từ chối"
    CANCELLED = "cancelled", "Người yêu cầu đã rút yêu cầu"
    LIFTED = "lifted", "Đã bỏ hạn chế"


class RequestAct(models.TextChoices):
    """What is done about a request."""

    ANSWER = "answer", "Trả lời đã tiếp nhận"
    EXTEND = "extend", "Gia hạn"
    COMPLETE = "complete", "Giải quyết xong"
    REFUSE = "refuse", "Từ chối"
    CANCEL = "cancel", "Ghi nhận rút yêu cầu"
    LIFT = "lift", "Bỏ hạn chế xử lý"


_OPEN = (RequestState.RECEIVED, RequestState.ANSWERED, RequestState.EXTENDED)

TRANSITIONS: dict[tuple[RequestState, RequestAct], RequestState] = {
    (RequestState.RECEIVED, RequestAct.ANSWER): RequestState.ANSWERED,
    # The law allows one extension.
    (RequestState.ANSWERED, RequestAct.EXTEND): RequestState.EXTENDED,
    (RequestState.ANSWERED, RequestAct.COMPLETE): RequestState.DONE,
    (RequestState.EXTENDED, RequestAct.COMPLETE): RequestState.DONE,
    **{(state, RequestAct.REFUSE): RequestState.REFUSED for state in _OPEN},
    **{(state, RequestAct.CANCEL): RequestState.CANCELLED for state in _OPEN},
}
"""From a state, by an act, to a state. What is not here is refused with a sentence."""

TRANSITIONS_OF_KIND: dict[RequestKind, dict[tuple[RequestState, RequestAct], RequestState]] = {
    # A granted limit lasts until the person, or the end of its reason, lifts it.
    RequestKind.LIMIT: {(RequestState.DONE, RequestAct.LIFT): RequestState.LIFTED},
}
"""What only one kind of request may go through, beside TRANSITIONS."""

OPEN_STATES = frozenset(state for state, _ in TRANSITIONS)


def transitions_of(kind: RequestKind) -> dict[tuple[RequestState, RequestAct], RequestState]:
    """All transitions of a kind of request."""
    return {**TRANSITIONS, **TRANSITIONS_OF_KIND.get(kind, {})}


DEADLINE_OF = {kind: f"data_request_{kind.value}" for kind in RequestKind}
FIRST_ANSWER = "data_request_answer"


class Channel(models.TextChoices):
    """How it reached the unit."""

    PAPER = "paper", "Văn bản giấy"
    COUNTER = "counter", "Trực tiếp tại đơn vị"
    EMAIL = "email", "Thư điện tử"
    PHONE = "phone", "Điện thoại"
    ONLINE = "online", "Trực tuyến"


class Relation(models.TextChoices):
    """Who speaks: the data subject or who acts for them."""

    SELF = "self", "Chính người đó"
    PARENT = "parent", "Cha, mẹ"
    GUARDIAN = "guardian", "Người giám hộ"
    PROXY = "proxy", "Người được ủy quyền"


class Refusal(models.TextChoices):
    """Reasons for which a request may be refused (the answer names one and its law)."""

    RETENTION = "retention", "Pháp luật quy định phải lưu trữ dữ liệu này"
    IDENTITY = "identity", "Không xác minh được người yêu cầu hoặc quyền đại diện"
    OTHERS = "others", "Việc cung cấp xâm phạm quyền của người khác"
    PROCEEDINGS = "proceedings", "Dữ liệu đang phục vụ hoạt động tố tụng, thanh tra theo luật"


REFUSAL_LAW: dict[Refusal, Text] = {
    Refusal.RETENTION: Text(
        "Luật Khám bệnh, chữa bệnh 15/2023/QH15 (lưu trữ hồ sơ bệnh án); Luật 91/2025/QH15",
        "Law 15/2023/QH15 (retention of medical records); Law 91/2025/QH15",
    ),
    Refusal.IDENTITY: Text("Luật 91/2025/QH15; Nghị định 356/2025/NĐ-CP", "Law 91/2025; Decree 356/2025"),
    Refusal.OTHERS: Text("Luật 91/2025/QH15", "Law 91/2025/QH15"),
    Refusal.PROCEEDINGS: Text("Luật 91/2025/QH15", "Law 91/2025/QH15"),
}

REFUSABLE: dict[RequestKind, tuple[Refusal, ...]] = {
    RequestKind.DELETE: tuple(Refusal),
    RequestKind.LIMIT: (Refusal.RETENTION, Refusal.IDENTITY, Refusal.PROCEEDINGS),
    RequestKind.VIEW: (Refusal.IDENTITY, Refusal.OTHERS, Refusal.PROCEEDINGS),
    RequestKind.PROVIDE: (Refusal.IDENTITY, Refusal.OTHERS, Refusal.PROCEEDINGS),
    RequestKind.CORRECT: (Refusal.IDENTITY, Refusal.PROCEEDINGS),
    # A consent that was given may always be withdrawn; only who speaks can be in doubt.
    RequestKind.WITHDRAW: (Refusal.IDENTITY,),
}
"""For which reasons each kind of request may be refused: retention is no reason against being shown data."""


class BreachAct(models.TextChoices):
    """What is written into a breach file, in any order."""

    MEASURE = "measure", "Biện pháp đã thực hiện"
    AUTHORITY_TOLD = "authority_told", "Đã thông báo cơ quan chuyên trách"
    SUBJECTS_TOLD = "subjects_told", "Đã thông báo người bị ảnh hưởng"
    CLOSED = "closed", "Kết thúc xử lý"


class DataKind(models.TextChoices):
    """Groups of data a breach may touch."""

    IDENTITY = "identity", "Thông tin nhận dạng, liên hệ"
    HEALTH = "health", "Thông tin sức khỏe"
    BIOMETRIC = "biometric", "Sinh trắc học"
    LOCATION = "location", "Vị trí cá nhân"
    FINANCE = "finance", "Chi phí, thanh toán"
    ACCOUNT = "account", "Tài khoản, mật khẩu"


SUBJECTS_MUST_BE_TOLD = frozenset({DataKind.BIOMETRIC, DataKind.LOCATION})
"""Kinds of data whose breach must be told to the persons within 72 hours (Decree 356/2025/NĐ-CP)."""
