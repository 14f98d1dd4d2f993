"""Import of catalogue files: one file under a name, or a folder of files known by their headings."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from khoyte.foundation.calendar import format_date
from khoyte.foundation.errors import WrongUsage
from khoyte.foundation.language import Text
from khoyte.terminology import administrative_units as units
from khoyte.terminology.code_tables import CodeTable, read_code_table
from khoyte.terminology.errors import UnknownCatalogue
from khoyte.terminology.known_files import Draft, drafts_of
from khoyte.terminology.model import ReleaseHeader
from khoyte.terminology.pack import Pack
from khoyte.terminology.pack_files import build_pack, pack_of
from khoyte.terminology.release_files import StoredRelease, make_header, store_release, stored_releases
from khoyte.terminology.sheets import read_rows, refused

CATALOGUES = {
    "icd10": Text("Bệnh theo ICD-10", "Diseases by ICD-10"),
    "icd10_yhct": Text("Bệnh y học cổ truyền", "Diseases of traditional medicine"),
    "icd9_procedures": Text("Phẫu thuật, thủ thuật theo ICD-9-CM", "Procedures by ICD-9-CM"),
    "facilities": Text("Cơ sở khám bệnh, chữa bệnh", "Facilities"),
    "departments": Text("Khoa, phòng", "Departments"),
    "services": Text("Dịch vụ kỹ thuật", "Technical services"),
    "drugs": Text("Thuốc", "Drugs"),
    "supplies": Text("Vật tư y tế", "Medical supplies"),
    "routes": Text("Đường dùng thuốc", "Routes of drugs"),
    "herb_processing": Text("Phương pháp chế biến dược liệu", "Processing of herbs"),
    "test_indices": Text("Chỉ số cận lâm sàng", "Test indices"),
    "fuels": Text("Xăng, dầu vận chuyển", "Fuels for transport"),
    "hiv_regimens": Text("Phác đồ điều trị HIV", "HIV regimens"),
    "scopes": Text("Kỹ thuật theo phạm vi hành nghề", "Techniques by scope of practice"),
    "practitioners": Text("Người hành nghề", "Practitioners"),
    "occupations": Text("Nghề nghiệp", "Occupations"),
    "ethnic_groups": Text("Dân tộc", "Ethnic groups"),
    "countries": Text("Quốc gia", "Countries"),
    "provinces": Text("Tỉnh, thành phố", "Provinces"),
    "districts": Text("Quận, huyện (trước ngày 01/07/2025)", "Districts (before 2025-07-01)"),
    "communes": Text("Xã, phường, đặc khu", "Communes"),
    "unit_changes": Text("Chuyển đổi đơn vị hành chính", "Changes of administrative units"),
}


@dataclass(frozen=True)
class Imported:
    """What became of one file: the releases stored from it (none when it was not recognised)."""

    file: str
    releases: tuple[ReleaseHeader, ...]
    pack: str


def import_file(
    name: str, path: Path, valid_from: date, *, valid_to: date | None = None, complete: bool = True
) -> Imported:
    """Store a file as the release of a catalogue from a day on, and put it into the reference pack.

    `valid_to` is the last day; without it the release holds until a later one begins. `complete=False` says
    that codes may be missing, so that a code not listed is no finding. Importing the same file again changes
    nothing. Raises UnknownCatalogue, CatalogueRefused.
    """
    draft = read_draft(name, path, valid_from, valid_to=valid_to, complete=complete)
    return Imported(path.name, (_stored(draft, path.name),), build_pack().digest)


def read_draft(
    name: str, path: Path, valid_from: date, *, valid_to: date | None = None, complete: bool = True
) -> Draft:
    """The release a file would make, checked against those held; nothing is stored. Raises as import_file."""
    check_name(name)
    if name == units.CATALOGUE and path.suffix.lower() != ".json":
        table = CodeTable(units.codes_of_changes(path.name, read_rows(path)))
    else:
        table = read_code_table(name, path)
    draft = Draft(
        name, table.codes, valid_from, valid_to, complete and table.complete, source=table.source or path.name
    )
    _check_period(draft, path.name)
    return draft


def pack_with(draft: Draft) -> Pack:
    """The pack that would be in use after the draft is stored."""
    header = _header(draft)
    return pack_of(
        [
            StoredRelease(header, lambda: draft.codes),
            *(one for one in stored_releases() if one.header.slot != header.slot),
        ]
    )


def import_folder(folder: Path) -> list[Imported]:
    """Store every CSV and XLSX file of a folder whose headings are known; the others give no releases."""
    stored = [
        (path.name, tuple(_stored(draft, path.name) for draft in drafts_of(path.name, read_rows(path))))
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in (".csv", ".xlsx")
    ]
    digest = build_pack().digest
    return [Imported(name, releases, digest) for name, releases in stored]


def refresh_pack() -> list[Imported]:
    """Import the folder named by `KHOYTE_CATALOGUES`, if any, and bring the pack up to date.

    For the start of an installation; a second run with nothing new stores nothing.
    """
    chosen = os.environ.get("KHOYTE_CATALOGUES")
    if not chosen:
        build_pack()
        return []
    place = Path(chosen).expanduser()
    if not place.is_dir():
        raise WrongUsage(_NO_FOLDER.fill(folder=chosen), folder=chosen)
    return import_folder(place)


def check_name(name: str) -> None:
    """Raises UnknownCatalogue for a name that no rule and no page would ever ask for."""
    if name not in CATALOGUES:
        raise UnknownCatalogue(_UNKNOWN.fill(name=name, names=", ".join(CATALOGUES)), name=name)


def _stored(draft: Draft, file: str) -> ReleaseHeader:
    _check_period(draft, file)
    header = _header(draft)
    if header not in [release.header for release in stored_releases()]:
        store_release(header, draft.codes)
    return header


def _header(draft: Draft) -> ReleaseHeader:
    return make_header(
        draft.name,
        draft.codes,
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        complete=draft.complete,
        overlay=draft.overlay,
        source=draft.source,
    )


def _check_period(draft: Draft, file: str) -> None:
    if draft.valid_to is None:
        return
    if draft.valid_to < draft.valid_from:
        raise refused(
            file, "A1", "ngày hết hiệu lực trước ngày có hiệu lực", "the period ends before it begins"
        )
    for release in stored_releases():
        starts = release.header.valid_from
        if release.header.name == draft.name and draft.valid_from < starts <= draft.valid_to:
            raise refused(
                file,
                "A1",
                f"thời gian hiệu lực trùng với bản từ ngày {format_date(starts)}",
                f"the period overlaps that of the release from {starts}",
            )


_NO_FOLDER = Text(
    vi="KHOYTE_CATALOGUES trỏ đến {folder}, không phải là thư mục. Đặt lại biến này.",
    en="KHOYTE_CATALOGUES names {folder}, which is no folder. Set it anew.",
)
_UNKNOWN = Text(
    vi="Không có danh mục “{name}”. Chọn một trong các danh mục: {names}.",
    en='There is no catalogue "{name}". Catalogues: {names}.',
)
