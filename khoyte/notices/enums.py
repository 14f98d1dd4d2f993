from django.db import models


class Level(models.TextChoices):
    INFO = "info", "Thông tin"
    ATTENTION = "attention", "Cần xử lý"
    URGENT = "urgent", "Khẩn"


class Channel(models.TextChoices):
    """Ways out of the platform. What a notice says in the application needs none."""

    EMAIL = "email", "Thư điện tử"
    SMS = "sms", "Tin nhắn SMS"
    ZALO = "zalo", "Zalo"


class DeliveryState(models.TextChoices):
    """waiting → sending → accepted → delivered; back to waiting after a failure; refused for good.

    `accepted` is the end where the way gives no receipt (e-mail).
    """

    WAITING = "waiting", "Chờ gửi"
    SENDING = "sending", "Đang gửi"
    ACCEPTED = "accepted", "Đã chuyển đi"
    DELIVERED = "delivered", "Đã đến nơi"
    REFUSED = "refused", "Không gửi được"
