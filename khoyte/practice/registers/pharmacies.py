"""Pharmacies (cơ sở bán lẻ thuốc): every one in the country in one register.

Decision 1362/QĐ-BYT of 22/04/2025, II.5.6; Pharmacy Law 105/2016/QH13 as amended by 44/2024/QH15; Circular
02/2018/TT-BYT (good pharmacy practice), amended by 11/2025/TT-BYT. This file is the example of
docs/add-a-register.md.
"""

import polars as pl

from khoyte.foundation.language import Text
from khoyte.practice.registers.groups import (
    ADDRESS,
    COMMUNE,
    HOURS_EXAMPLE,
    HOURS_HELP,
    IDENTITY,
    LICENCE,
    PHONE,
    PROVINCE,
    WORK,
)
from khoyte.registers.declaration import PROVINCE_LEVEL, Code, Declaration, Field, Rule, Unique

KINDS = (
    Code("nha_thuoc", Text(vi="Nhà thuốc", en="Pharmacy"), ("NT",)),
    Code("quay_thuoc", Text(vi="Quầy thuốc", en="Drug counter"), ("QT",)),
    Code("tu_thuoc", Text(vi="Tủ thuốc trạm y tế xã", en="Cabinet of a commune station"), ("tủ thuốc",)),
    Code("duoc_lieu", Text(vi="Cơ sở chuyên bán lẻ dược liệu, thuốc cổ truyền", en="Herbal retailer")),
)
STATUSES = (
    Code("active", Text(vi="Đang hoạt động", en="Active"), ("hoạt động",)),
    Code("paused", Text(vi="Tạm ngừng", en="Paused"), ("tạm dừng",)),
    Code("closed", Text(vi="Đã ngừng, bị thu hồi", en="Closed or revoked"), ("thu hồi", "ngừng")),
)

PHARMACIES = Declaration(
    name="pharmacies",
    label=Text(vi="Cơ sở bán lẻ thuốc", en="Pharmacies"),
    one=Text(vi="cơ sở bán lẻ thuốc", en="pharmacy"),
    steward=Text(vi="Cục Quản lý Dược", en="Drug Administration"),
    legal=("Quyết định 1362/QĐ-BYT, mục II.5.6", "Luật Dược 105/2016/QH13, sửa đổi bởi Luật 44/2024/QH15"),
    key=("certificate_number",),
    title=("name", "commune"),
    province_from="province",
    is_public=True,
    ladder=(PROVINCE_LEVEL,),
    fields=(
        Field("name", Text(vi="Tên cơ sở", en="Name"), required=True, public=True, searched=True, listed=True,
              group=IDENTITY, headings=("tên nhà thuốc", "tên cơ sở bán lẻ")),
        Field("kind", Text(vi="Loại hình", en="Kind"), "code", codes=KINDS, required=True, public=True,
              filtered=True, listed=True, group=IDENTITY, legal="Thông tư 02/2018/TT-BYT"),
        Field("status", Text(vi="Tình trạng hoạt động", en="Status"), "code", codes=STATUSES, public=True,
              filtered=True, quality="live", group=WORK),
        Field("certificate_number", Text(vi="Số giấy chứng nhận đủ điều kiện kinh doanh dược",
                                         en="Certificate of eligibility"),
              "identifier", required=True, public=True, searched=True, listed=True, longest=60, group=LICENCE,
              headings=("số giấy chứng nhận", "số GCN đủ điều kiện kinh doanh dược"), example="123/ĐKKDD-BA"),
        Field("certificate_date", Text(vi="Ngày cấp giấy chứng nhận", en="Certificate date"), "date",
              public=True, group=LICENCE),
        Field("certificate_issuer", Text(vi="Nơi cấp giấy chứng nhận", en="Certificate issuer"), public=True,
              group=LICENCE),
        Field("gpp_number", Text(vi="Số giấy chứng nhận GPP", en="GPP certificate"), "identifier", longest=60,
              public=True, group=LICENCE, legal="Thông tư 02/2018/TT-BYT"),
        Field("gpp_valid_to", Text(vi="GPP có hiệu lực đến", en="GPP valid to"), "date", public=True,
              quality="live", group=LICENCE),
        Field("head_name", Text(vi="Người phụ trách chuyên môn", en="Person in charge"), public=True,
              searched=True, sensitivity="personal", group=WORK),
        Field("head_certificate", Text(vi="Số giấy phép, chứng chỉ hành nghề dược", en="Practice licence"),
              "identifier", longest=60, sensitivity="personal", group=WORK),
        PROVINCE, COMMUNE, ADDRESS, PHONE,
        Field("hours", Text(vi="Giờ mở cửa", en="Opening hours"), "hours", public=True, group=WORK,
              help=HOURS_HELP, example=HOURS_EXAMPLE),
        Field("chain", Text(vi="Chuỗi nhà thuốc", en="Chain"), public=True, searched=True, filtered=True,
              group=WORK, legal="Luật 44/2024/QH15"),
        Field("sells_online", Text(vi="Bán qua thương mại điện tử", en="Sells online"), "boolean",
              public=True, filtered=True, group=WORK),
        Field("drug_database_code", Text(vi="Mã trên hệ thống cơ sở dữ liệu về dược",
              en="Drug database code"),
              "identifier", longest=40, quality="shared", group=IDENTITY),
    ),
    unique=(
        Unique("certificate", ("certificate_number",),
               Text(vi="Số giấy chứng nhận đủ điều kiện kinh doanh dược này đã có trong sổ. "
                       "Hãy sửa hồ sơ đã có, không kê khai lại.",
                    en="A pharmacy with this certificate is registered already. Correct that record; do not "
                       "declare it anew.")),
    ),
    rules=(
        Rule("gpp_after_certificate", "gpp_valid_to",
             message=Text(vi="GPP có hiệu lực đến trước ngày cấp giấy chứng nhận.",
                          en="GPP ends before the certificate was issued."),
             fix=Text(vi="Kiểm tra lại hai ngày trên giấy tờ.", en="Compare both days with the papers."),
             breaks=lambda: pl.col("gpp_valid_to") < pl.col("certificate_date")),
        Rule("gpp_is_named", "gpp_number", level="W", quality="complete",
             message=Text(vi="Có hạn GPP nhưng chưa ghi số giấy chứng nhận GPP.",
                          en="GPP has an end but no number."),
             fix=Text(vi="Bổ sung số giấy chứng nhận GPP.", en="Add the number."),
             breaks=lambda: pl.col("gpp_valid_to").is_not_null() & pl.col("gpp_number").is_null()),
    ),
)  # fmt: skip
