from django.db import models


class State(models.TextChoices):
    """Where a submission stands. Transitions: received → judging → judged | unreadable; judged → judged."""

    RECEIVED = "received", "Đã tiếp nhận"
    JUDGING = "judging", "Đang kiểm tra"
    JUDGED = "judged", "Đã có kết quả"
    UNREADABLE = "unreadable", "Không đọc được"


class Door(models.TextChoices):
    """How a dossier reached the platform (a pre-check stores nothing and has no door)."""

    FACILITY_COPY = "facility_copy", "Cơ sở gửi"
    SHARED_BATCH = "shared_batch", "Nhận qua chia sẻ"


class DossierVerdict(models.TextChoices):
    """Outcome of one dossier, in the words users expect (never "giám định")."""

    ACCEPTED = "accepted", "Đạt"
    REJECTED = "rejected", "Chưa đạt"
    QUARANTINED = "quarantined", "Tạm giữ"
    DUPLICATE = "duplicate", "Trùng"


class PublicationState(models.TextChoices):
    """What became of a catalogue file that somebody wants to publish."""

    REFUSED = "refused", "Tệp có nội dung phải sửa"
    DRAFT = "draft", "Xem trước, chưa công bố"
    PUBLISHED = "published", "Đã công bố, đang chọn hồ sơ để kiểm tra lại"
    REJUDGING = "rejudging", "Đã công bố, đang kiểm tra lại hồ sơ"
    DONE = "done", "Đã công bố"
