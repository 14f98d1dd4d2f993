from django.db import models


class MessageState(models.TextChoices):
    """Where a message stands with its destination.

    pending → sent → acknowledged | rejected | pending (again, later);
    pending, after a vain attempt → superseded.
    """

    PENDING = "pending", "Chờ gửi"
    SENT = "sent", "Đã gửi, chưa rõ kết quả"
    ACKNOWLEDGED = "acknowledged", "Nơi nhận đã xác nhận"
    REJECTED = "rejected", "Nơi nhận từ chối"
    SUPERSEDED = "superseded", "Đã có thông báo mới thay thế"


UNFINISHED = (MessageState.PENDING, MessageState.SENT)


class ExchangeState(models.TextChoices):
    """The four steps of truth of a message to a national system, and its two other ends.

    pending → sent → acknowledged → applied; from each of these back to pending when its answer does not
    come or does not hold. Ends: applied, rejected (which a newer version turns into superseded), superseded.
    """

    PENDING = "pending", "Chờ gửi"
    SENT = "sent", "Đã gửi, chưa rõ kết quả"
    ACKNOWLEDGED = "acknowledged", "Nơi nhận đã xác nhận, chờ đọc lại"
    APPLIED = "applied", "Đã đọc lại, khớp với nơi nhận"
    REJECTED = "rejected", "Nơi nhận từ chối"
    SUPERSEDED = "superseded", "Đã có bản mới thay thế"
