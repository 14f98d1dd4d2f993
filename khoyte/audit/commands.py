"""`khoyte audit verify` and `khoyte audit seal`."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:  # its module needs the web framework set up
    from khoyte.audit.verifying import Report


@click.group(help="Nhật ký truy vết · Audit log.")
def audit() -> None:
    pass


@audit.command("verify", help="Kiểm tra chuỗi niêm phong của nhật ký · Check the chain; 1 when broken.")
@click.option(
    "--export",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Xuất các bản ghi còn nguyên niêm phong theo FHIR AuditEvent (NDJSON) · Write them as AuditEvents.",
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def verify(ctx: click.Context, export: Path | None, as_json: bool) -> int:
    from khoyte.audit import chain, fhir, verifying
    from khoyte.foundation.crypto import Keyring

    key = chain.signing_key(Keyring.load()).public_key()
    with ExitStack() as stack:
        if export is None:
            report = verifying.verify(key)
        else:
            file = stack.enter_context(export.open("w", encoding="utf-8"))
            report = verifying.verify(
                key, lambda line: print(json.dumps(fhir.audit_event(line), ensure_ascii=False), file=file)
            )
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        _say(report, ctx.obj["lang"])
    return 0 if report.broken_at is None else 1


@audit.command("seal", help="Niêm phong ngay, sao mốc niêm phong ra ngoài · Seal now, copy the head out.")
@click.pass_context
def seal(ctx: click.Context) -> None:
    from khoyte.audit.sealing import Sealer
    from khoyte.foundation.crypto import Keyring

    sealer = Sealer(Keyring.load())
    sealed = sealer.seal()
    sealer.copy_head()
    said = {"vi": "Đã niêm phong {n} bản ghi.", "en": "{n} entries sealed."}
    click.echo(said[ctx.obj["lang"]].format(n=sealed))


_BROKEN = {
    "vi": "NHẬT KÝ KHÔNG CÒN NGUYÊN VẸN từ bản ghi {n}: {why}."
    " Giữ nguyên hiện trạng và báo cán bộ phụ trách an toàn thông tin.",
    "en": "THE AUDIT LOG IS BROKEN from entry {n} on: {why}."
    " Leave everything as it is and call the security officer.",
}
_WHOLE = {
    "vi": "Nhật ký nguyên vẹn: {entries} bản ghi, đã niêm phong đến bản ghi số {sealed_to};"
    " {exposed} bản ghi chưa có mốc sao ra ngoài, {unsealed} bản ghi chờ niêm phong.",
    "en": "The log is whole: {entries} entries, sealed up to number {sealed_to};"
    " {exposed} not yet covered by a head outside, {unsealed} waiting for their seal.",
}


def _say(report: "Report", lang: str) -> None:
    if report.reason is None:
        click.echo(_WHOLE[lang].format(**report.as_json()))
    else:
        click.echo(_BROKEN[lang].format(n=report.broken_at, why=report.reason.say(lang)), err=True)
