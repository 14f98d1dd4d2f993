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
