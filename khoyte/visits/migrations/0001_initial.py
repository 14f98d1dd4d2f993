"""Typed rows of XML1 to XML5 of accepted dossiers. Columns carry the standard's own tags in lower case.

Types follow the field list (number, date8, date12 as local time); birth dates stay text since day and month
may be unknown. Personal and card numbers are not among the columns: `person_sealed` and `card_sealed` hold
them encrypted, `person_key` and `card_key` a keyed hash for look-up.
"""

from django.db import migrations, models

COLUMNS = {
    "visit": """
        stt numeric, ma_bn text, ho_ten text, ngay_sinh text, gioi_tinh numeric, nhom_mau text,
        ma_quoctich text, ma_dantoc text, ma_nghe_nghiep text, dia_chi text, matinh_cu_tru text,
        mahuyen_cu_tru text, maxa_cu_tru text, dien_thoai text, ma_dkbd text, gt_the_tu text,
        gt_the_den text, ngay_mien_cct text, ly_do_vv text, ly_do_vnt text, ma_ly_do_vnt text,
        chan_doan_vao text, chan_doan_rv text, ma_benh_chinh text, ma_benh_kt text,
        ma_benh_yhct text, ma_pttt_qt text, ma_doituong_kcb text, ma_noi_di text, ma_noi_den text,
        ma_tai_nan numeric, ngay_vao timestamp, ngay_vao_noi_tru timestamp, ngay_ra timestamp,
        giay_chuyen_tuyen text, so_ngay_dtri numeric, pp_dieu_tri text, ket_qua_dtri numeric,
        ma_loai_rv numeric, ghi_chu text, ngay_ttoan timestamp, t_thuoc numeric, t_vtyt numeric,
        t_tongchi_bv numeric, t_tongchi_bh numeric, t_bntt numeric, t_bncct numeric,
        t_bhtt numeric, t_nguonkhac numeric, t_bhtt_gdv numeric, nam_qt numeric, thang_qt numeric,
        ma_loai_kcb text, ma_khoa text, ma_cskcb text, ma_khuvuc text, can_nang text,
        can_nang_con text, nam_nam_lien_tuc date, ngay_tai_kham text, ma_hsba text, ma_ttdv text,
        du_phong text
    """,
    "visit_drug": """
        stt numeric, ma_thuoc text, ma_pp_chebien text, ma_cskcb_thuoc text, ma_nhom numeric,
        ten_thuoc text, don_vi_tinh text, ham_luong text, duong_dung text, dang_bao_che text,
        lieu_dung text, cach_dung text, so_dang_ky text, tt_thau text, pham_vi numeric,
        tyle_tt_bh numeric, so_luong numeric, don_gia numeric, thanh_tien_bv numeric,
        thanh_tien_bh numeric, t_nguonkhac_nsnn numeric, t_nguonkhac_vtnn numeric,
        t_nguonkhac_vttn numeric, t_nguonkhac_cl numeric, t_nguonkhac numeric, muc_huong numeric,
        t_bntt numeric, t_bncct numeric, t_bhtt numeric, ma_khoa text, ma_bac_si text,
        ma_dich_vu text, ngay_yl timestamp, ngay_th_yl timestamp, ma_pttt numeric,
        nguon_ctra numeric, vet_thuong_tp numeric, du_phong text
    """,
    "visit_service": """
        stt numeric, ma_dich_vu text, ma_pttt_qt text, ma_vat_tu text, ma_nhom numeric,
        goi_vtyt text, ten_vat_tu text, ten_dich_vu text, ma_xang_dau text, don_vi_tinh text,
        pham_vi numeric, so_luong numeric, don_gia_bv numeric, don_gia_bh numeric, tt_thau text,
        tyle_tt_dv numeric, tyle_tt_bh numeric, thanh_tien_bv numeric, thanh_tien_bh numeric,
        t_trantt numeric, muc_huong numeric, t_nguonkhac_nsnn numeric, t_nguonkhac_vtnn numeric,
        t_nguonkhac_vttn numeric, t_nguonkhac_cl numeric, t_nguonkhac numeric, t_bntt numeric,
        t_bncct numeric, t_bhtt numeric, ma_khoa text, ma_giuong text, ma_bac_si text,
        nguoi_thuc_hien text, ma_benh text, ma_benh_yhct text, ngay_yl timestamp,
        ngay_th_yl timestamp, ngay_kq timestamp, ma_pttt numeric, vet_thuong_tp numeric,
        pp_vo_cam numeric, vi_tri_th_dvkt numeric, ma_may text, ma_hieu_sp text,
        tai_su_dung numeric, du_phong text
    """,
    "visit_result": """
        stt numeric, ma_dich_vu text, ma_chi_so text, ten_chi_so text, gia_tri text,
        don_vi_do text, mo_ta text, ket_luan text, ngay_kq timestamp, ma_bs_doc_kq text,
        du_phong text
    """,
    "visit_progress": """
        stt numeric, dien_bien_ls text, giai_doan_benh text, hoi_chan text, phau_thuat text,
        thoi_diem_dbls timestamp, nguoi_thuc_hien text, du_phong text
    """,
}

VISIT = """
CREATE TABLE visit (
    id bigint PRIMARY KEY,
    facility varchar(5) NOT NULL, province varchar(10) NOT NULL,
    ma_lk varchar(255) NOT NULL, version integer NOT NULL, is_current boolean NOT NULL,
    submission_id uuid NOT NULL, judgement integer NOT NULL, position integer NOT NULL,
    content_sha256 bytea NOT NULL, byte_offset bigint NOT NULL, byte_length integer NOT NULL,
    tables text[] NOT NULL, standard varchar(40) NOT NULL, received_at timestamptz NOT NULL,
    superseded_at timestamptz, withdrawn_at timestamptz,
    person_key bytea, person_sealed bytea, card_key bytea, card_sealed bytea,
    {columns}
);
CREATE SEQUENCE visit_id OWNED BY visit.id;
CREATE UNIQUE INDEX visit_current ON visit (facility, ma_lk) WHERE is_current;
CREATE UNIQUE INDEX visit_version ON visit (facility, ma_lk, version);
CREATE INDEX visit_of_person ON visit (person_key) WHERE person_key IS NOT NULL;
CREATE INDEX visit_of_facility_day ON visit (facility, ngay_ra);
CREATE INDEX visit_of_province_day ON visit (province, ngay_ra);
CREATE INDEX visit_of_disease ON visit (ma_benh_chinh, ngay_ra);
"""

LINES = """
CREATE TABLE {table} (
    visit_id bigint NOT NULL, row integer NOT NULL,
    facility varchar(5) NOT NULL, province varchar(10) NOT NULL,
    {columns}
);
CREATE INDEX {table}_of_visit ON {table} (visit_id);
"""

# Lines of drugs and services are found by who ordered or performed them, at which minute.
BY_PERSON = """
CREATE INDEX visit_drug_by_prescriber ON visit_drug (ma_bac_si, ngay_yl);
CREATE INDEX visit_service_by_prescriber ON visit_service (ma_bac_si, ngay_yl);
CREATE INDEX visit_service_by_performer ON visit_service (nguoi_thuc_hien, ngay_th_yl);
CREATE INDEX visit_drug_by_several ON visit_drug (ngay_yl) WHERE ma_bac_si LIKE '%;%';
CREATE INDEX visit_service_ordered_by_several ON visit_service (ngay_yl) WHERE ma_bac_si LIKE '%;%';
CREATE INDEX visit_service_done_by_several ON visit_service (ngay_th_yl) WHERE nguoi_thuc_hien LIKE '%;%';
"""

TENANT = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_reads ON {table} FOR SELECT TO khoyte_app USING (khoyte_may_see(facility, province));
REVOKE ALL ON {table} FROM khoyte_app;
GRANT SELECT ON {table} TO khoyte_app;
GRANT SELECT, INSERT, UPDATE ON {table} TO khoyte_worker;
REVOKE DELETE, TRUNCATE ON {table} FROM khoyte_worker;
"""


def statements():
    yield VISIT.format(columns=COLUMNS["visit"])
    for table in list(COLUMNS)[1:]:
        yield LINES.format(table=table, columns=COLUMNS[table])
    yield BY_PERSON
    for table in COLUMNS:
        yield TENANT.format(table=table)
    yield "GRANT USAGE ON SEQUENCE visit_id TO khoyte_worker;"


class Migration(migrations.Migration):
    initial = True
    dependencies = [("units", "0002_tenancy")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "\n".join(statements()),
                    "DROP TABLE visit, visit_drug, visit_service, visit_result, visit_progress;",
                )
            ],
            state_operations=[
                migrations.CreateModel(
                    name="Visit",
                    fields=[("id", models.BigIntegerField(primary_key=True, serialize=False))],
                    options={"db_table": "visit", "managed": False},
                )
            ],
        )
    ]
