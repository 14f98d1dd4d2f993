"""`khoyte generate`: invented submissions, for demonstration and tests only."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from khoyte.foundation.language import Text
from khoyte.nonprod.generator.submissions import DEFAULT_START, GenerateReport, generate_submissions

_DONE = Text(
    vi="Đã ghi {visits} hồ sơ vào {files} tệp ({megabytes} MB) trong {out}; {defects} lỗi cài sẵn.",
    en="Wrote {visits} dossiers in {files} files ({megabytes} MB) in {out}; {defects} planted defects.",
)


@click.group()
def generate() -> None:
    """Invented data in the standard in force."""


@generate.command()
@click.option("--visits", type=click.IntRange(min=1), required=True, help="Number of dossiers.")
@click.option("--seed", type=int, required=True, help="The same seed gives the same bytes.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to."
)
@click.option(
    "--facilities", type=click.IntRange(1, 45), default=1, show_default=True, help="From 99001 upward."
)
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), default=DEFAULT_START.isoformat(),
              show_default=True, help="First day on which care ends.")  # fmt: skip
@click.option("--days", type=click.IntRange(min=1), default=1, show_default=True, help="Number of days.")
@click.option(
    "--defects", type=click.IntRange(min=0), default=0, help="Known defects, listed in defects.json."
)
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
) -> None:
    """Write invented submissions, one file per facility and day."""
    if defects > visits:
        raise click.UsageError(f"--defects {defects} > --visits {visits}")
    with click.progressbar(length=visits, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        report = generate_submissions(
            visits, seed, out, facilities=facilities, start_date=start.date(), days=days, defects=defects,
            progress=bar.update,
        )  # fmt: skip
    click.echo(_summary(report, out, (context.obj or {}).get("lang", "vi")))


def _summary(report: GenerateReport, out: Path, language: str) -> str:
    return _DONE.fill(
        visits=report.visits,
        files=len(report.files),
        megabytes=round(report.bytes / 1e6, 1),
        out=out,
        defects=len(report.defects),
    ).say(language)
