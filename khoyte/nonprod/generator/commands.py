"""`khoyte generate`: invented submissions, for demonstration and tests only."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import click

from khoyte.foundation.language import Text
from khoyte.nonprod.generator.signed import sign_files
from khoyte.nonprod.generator.submissions import DEFAULT_START, GenerateReport, generate_submissions

_DONE = Text(
    vi="Đã ghi {visits} hồ sơ vào {files} tệp ({megabytes} MB) trong {out}; {defects} lỗi cài sẵn.",
    en="Wrote {visits} dossiers in {files} files ({megabytes} MB) in {out}; {defects} planted defects.",
)


@click.group()
def generate() -> None:
    """Dữ liệu giả lập theo chuẩn đang áp dụng · Invented data in the standard in force."""


@generate.command()
@click.option("--visits", type=click.IntRange(min=1), required=True, help="Số hồ sơ · Number of dossiers.")
@click.option(
    "--seed",
    type=int,
    required=True,
    help="Số khởi tạo; cùng số thì cùng dữ liệu · The same seed, the same bytes.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Thư mục ghi · Folder to write to.",
)
@click.option(
    "--facilities",
    type=click.IntRange(1, 45),
    default=1,
    show_default=True,
    help="Số cơ sở, từ 99001 · Facilities from 99001.",
)
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), default=DEFAULT_START.isoformat(),
              show_default=True, help="Ngày đầu · First day on which care ends.")  # fmt: skip
@click.option(
    "--days", type=click.IntRange(min=1), default=1, show_default=True, help="Số ngày · Number of days."
)
@click.option(
    "--defects",
    type=click.IntRange(min=0),
    default=0,
    help="Số lỗi cài sẵn, ghi ở defects.json · Planted defects.",
)
@click.option(
    "--signed",
    is_flag=True,
    help="Ký bằng CA giả lập, ghi ở OUT/ca · Sign with an invented authority, kept in OUT/ca.",
)
@click.option("--json", "as_json", is_flag=True, help="Một tài liệu JSON · One JSON document.")
@click.pass_context
def submissions(
    context: click.Context,
    visits: int,
    seed: int,
    out: Path,
    facilities: int,
    start: datetime,
    days: int,
    defects: int,
    signed: bool,
    as_json: bool,
) -> None:
    """Hồ sơ giả lập, mỗi cơ sở mỗi ngày một tệp · Invented submissions, one file per facility and day."""
    if defects > visits:
        raise click.UsageError(f"--defects {defects} > --visits {visits}")
    with click.progressbar(length=visits, file=sys.stderr) as bar:
        report = generate_submissions(
            visits,
            seed,
            out,
            facilities=facilities,
            start_date=start.date(),
            days=days,
            defects=defects,
            progress=bar.update,
        )
    if signed:
        sign_files(report.files, out / "ca")
    language = (context.obj or {}).get("lang", "vi")
    click.echo(json.dumps(_document(report)) if as_json else _sentence(report, out).say(language))


def _document(report: GenerateReport) -> dict[str, object]:
    return {
        "visits": report.visits,
        "files": [path.name for path in report.files],
        "bytes": report.bytes,
        "defects": len(report.defects),
    }


def _sentence(report: GenerateReport, out: Path) -> Text:
    return _DONE.fill(
        visits=report.visits,
        files=len(report.files),
        megabytes=round(report.bytes / 1e6, 1),
        out=out,
        defects=len(report.defects),
    )
