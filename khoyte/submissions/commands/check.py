"""`khoyte check`: no database, no web framework; runs wherever Python runs."""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

Take = Callable[[list[dict[str, Any]]], None]


@click.command(help="Kiểm tra tệp, không lưu gì · Judge files without storing them.")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--profile",
    type=click.Choice(["precheck", "store"]),
    default="store",
    show_default=True,
    help="precheck: chặt như khi gửi BHXH · strict, as Social Security; "
    "store: như khi tiếp nhận · as the intake.",
)
@click.option(
    "--date", "on", type=click.DateTime(["%Y-%m-%d"]), help="Theo quy định của ngày này · Judge as of."
)
@click.option("--json", "as_json", is_flag=True, help="In một tài liệu JSON · Print one JSON document.")
@click.pass_context
def check(
    ctx: click.Context, files: tuple[Path, ...], profile: str, on: datetime | None, as_json: bool
) -> int:
    """Exit status: 0 all accepted, 1 some dossier rejected or quarantined, 2 a file is unreadable."""
    lang = ctx.obj["lang"]
    verdicts = check_files(files, profile, on.date() if on else None, lang, as_json=as_json)
    if not as_json:
        for verdict in verdicts:
            click.echo(as_text(verdict, lang))
    return status_of(verdicts)


def check_files(
    files: Sequence[Path], profile: str, on: date | None, lang: str, *, as_json: bool
) -> list[dict[str, Any]]:
    """The verdicts without their dossiers, which are printed as they are judged or not at all."""
    from khoyte.submissions.checking import check_file  # heavy; not wanted for --help
    from khoyte.submissions.progress import dossiers_shown
    from khoyte.terminology import load_pack

    pack = load_pack()
    with dossiers_shown(lang) as shown:

        def judge(path: Path, take: Take) -> dict[str, Any]:
            return check_file(path, pack, profile=profile, on=on, language=lang, progress=shown, take=take)

        return print_json(files, judge) if as_json else [judge(path, lambda dossiers: None) for path in files]


def print_json(files: Sequence[Path], judge: Callable[[Path, Take], dict[str, Any]]) -> list[dict[str, Any]]:
    """Print `{"files": [verdict, ...]}` while judging: a file may hold more findings than memory should."""
    verdicts = []
    click.echo('{"files": [', nl=False)
    for number, path in enumerate(files):
        click.echo((", " if number else "") + '{"dossiers": [', nl=False)
        verdict = judge(path, _DossierPrinter())
        del verdict["dossiers"]
        click.echo("], " + _json(verdict)[1:], nl=False)
        verdicts.append(verdict)
    click.echo("]}")
    return verdicts


class _DossierPrinter:
    """Prints the dossiers of one file, comma between them, batch by batch."""

    def __init__(self) -> None:
        self._before = ""

    def __call__(self, dossiers: list[dict[str, Any]]) -> None:
        click.echo(self._before + ", ".join(map(_json, dossiers)), nl=False)
        self._before = ", "


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def status_of(verdicts: list[dict[str, Any]]) -> int:
    if any(verdict["state"] == "unreadable" for verdict in verdicts):
        return 2
    refused = any(v["ledger"]["rejected"] or v["ledger"]["quarantined"] for v in verdicts)
    return 1 if refused else 0


_WORDS = {
    "vi": "{file}: {received} hồ sơ – {accepted} đạt, {rejected} chưa đạt, {quarantined} tạm giữ, "
    "{duplicate} trùng, {missing} thiếu.",
    "en": "{file}: {received} dossiers – {accepted} accepted, {rejected} rejected, "
    "{quarantined} quarantined, {duplicate} duplicate, {missing} missing.",
}
_UNREADABLE = {"vi": "{file}: không đọc được tệp.", "en": "{file}: the file cannot be read."}
_LEVELS = {
    "vi": {"E": "Phải sửa", "W": "Cảnh báo", "I": "Thông tin"},
    "en": {"E": "Must be corrected", "W": "Warning", "I": "Information"},
}
_CAUSES_SHOWN = 10


def as_text(verdict: dict[str, Any], lang: str) -> str:
    """A verdict for a terminal: one sentence, what is wrong with the file, then causes with remedies."""
    words = _UNREADABLE if verdict["state"] == "unreadable" else _WORDS
    lines = [words[lang].format(file=verdict["file"], **verdict["ledger"])]
    lines += [
        f"  {_LEVELS[lang][f['level']]}, {f['rule']}: {f['message']} {f['hint']}" for f in verdict["findings"]
    ]
    for cause in verdict["causes"][:_CAUSES_SHOWN]:
        count = {"vi": "hồ sơ", "en": "dossiers"}[lang]
        level = _LEVELS[lang][cause["level"]]
        lines.append(f"  {level}, {cause['rule']}: {cause['cause']} – {cause['dossiers']} {count}")
        lines.append(f"      {cause['hint']}")
    left = len(verdict["causes"]) - _CAUSES_SHOWN
    if left > 0:
        lines.append({"vi": f"  … và {left} nguyên nhân khác", "en": f"  … and {left} other causes"}[lang])
    return "\n".join(lines)
