"""`khoyte signing`: whom to trust, which certificate speaks for which facility, and is a signature good."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from khoyte.foundation.language import Text

if TYPE_CHECKING:
    from khoyte.signing.checking import Answer
    from khoyte.units.policy import Actor

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(help="Chữ ký số · Electronic signatures.")
def signing() -> None:
    pass


def _by() -> "Actor":
    from khoyte.units.policy import system_actor  # Django is set up only once a command runs

    return system_actor("command-line")


@signing.command("trust", help="Tin cậy chứng thư gốc (CA) trong tệp · Trust the authorities in a file.")
@click.argument("file", type=_FILE)
@click.option("--intermediate", is_flag=True, help="CA trung gian, không phải gốc · Stands between only.")
def trust(file: Path, intermediate: bool) -> None:
    from khoyte.signing import actions  # Django is set up only once a command runs

    for name in actions.trust(file=file, intermediate=intermediate, by=_by()):
        click.echo(name)


@signing.command("bind", help="Đăng ký chứng thư của cơ sở · Let a certificate speak for a facility.")
@click.argument("facility")
@click.option("--certificate", type=_FILE, help="Tệp chứng thư · The certificate.")
@click.option("--tax-code", default="", help="Mọi chứng thư có mã số thuế này · All of this tax code.")
def bind(facility: str, certificate: Path | None, tax_code: str) -> None:
    from khoyte.signing import actions  # Django is set up only once a command runs

    made = actions.bind(facility=facility, certificate=certificate, tax_code=tax_code, by=_by())
    click.echo(f"{made.pk} {made.facility} {made.kind} {made.value}")


@signing.command(
    "revoke",
    help="Thôi dùng chứng thư đã đăng ký (số) hoặc thôi tin cậy CA (mã SHA-256) · End a binding (its number) "
    "or distrust an authority (its fingerprint).",
)
@click.argument("which")
@click.option("--reason", default="", help="Lý do · Why.")
def revoke(which: str, reason: str) -> None:
    from khoyte.signing import actions  # Django is set up only once a command runs

    if which.isdecimal() and len(which) < 16:
        ended = actions.end_binding(number=int(which), reason=reason, by=_by())
        click.echo(f"{ended.pk} {ended.facility} {ended.kind} {ended.value}")
    else:
        click.echo(actions.distrust(name=which, by=_by()))


@signing.command("list", help="CA được tin cậy, danh sách thu hồi, chứng thư của cơ sở · What is set up.")
@click.option("--facility", default="", help="Chỉ một cơ sở · One facility only.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def list_all(ctx: click.Context, facility: str, as_json: bool) -> None:
    from khoyte.foundation.calendar import now
    from khoyte.signing import queries
    from khoyte.signing.trust import described, load_trust

    bindings = [
        {
            "number": row.pk,
            "facility": row.facility,
            "kind": row.kind,
            "value": row.value,
            "holder": row.holder,
            "valid_from": row.valid_from.isoformat(),
        }
        for row in queries.bindings_at(now(), facility)
    ]
    document: dict[str, Any] = {**described(load_trust()), "bindings": bindings}
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    lang = ctx.obj["lang"]
    for part, title in _PARTS.items():
        click.echo(title.say(lang))
        for row in document[part]:
            click.echo("  " + "  ".join(_shown(str(value)) for value in row.values() if value))
        if not document[part]:
            click.echo("  -")


def _shown(value: str) -> str:
    """A fingerprint by its beginning, which names it as well; a moment by its day."""
    if len(value) == 64:
        return value[:16]
    return value[:10] if len(value) > 19 and value[10:11] == "T" else value


_PARTS = {
    "anchors": Text("Chứng thư gốc được tin cậy:", "Trusted anchors:"),
    "intermediates": Text("CA trung gian:", "Intermediates:"),
    "lists": Text("Danh sách chứng thư bị thu hồi:", "Lists of revoked certificates:"),
    "bindings": Text("Chứng thư đăng ký của cơ sở:", "Certificates of facilities:"),
}


@signing.command("refresh", help="Tải danh sách thu hồi, trả lời OCSP · Fetch lists and OCSP answers.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def refresh(ctx: click.Context, as_json: bool) -> int:
    """Exit status 1 when an address did not give what it should; what was at hand stays."""
    from khoyte.signing import fetching

    report = fetching.refresh()
    if as_json:
        failed = [{"address": address, "reason": reason} for address, reason in report.failed]
        click.echo(json.dumps({"kept": report.kept, "failed": failed}))
    else:
        for address in report.kept:
            click.echo(f"+ {address}")
        for address, reason in report.failed:
            click.echo(f"! {address} {reason}", err=True)
    return 1 if report.failed else 0


@signing.command("verify", help="Ai ký, khi nào, hợp lệ hay không, vì sao · Who, when, valid or why not.")
@click.argument("file", type=_FILE)
@click.option("--signature", type=_FILE, help="Chữ ký rời (.p7s) của tệp · The signature beside the file.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def verify(ctx: click.Context, file: Path, signature: Path | None, as_json: bool) -> int:
    """Needs no database. Exit status: 0 every signature holds, 1 one does not or there is none."""
    answers = answers_on(file, signature)
    rows = [as_document(slot, answer) for slot, answer in answers]
    valid = bool(rows) and all(row["state"] == "holds" for row in rows)
    if as_json:
        click.echo(json.dumps({"file": file.name, "valid": valid, "signatures": rows}, ensure_ascii=False))
    else:
        say(rows, ctx.obj["lang"])
    return 0 if valid else 1


verify.callback.needs_none = True  # type: ignore[union-attr]
refresh.callback.needs_none = True  # type: ignore[union-attr]


def answers_on(file: Path, signature: Path | None) -> list[tuple[str, "Answer"]]:
    """What is said of each signature of a file: inside an XML or PDF, or beside it."""
    from khoyte.foundation.byte_sources import FileSource
    from khoyte.foundation.calendar import now
    from khoyte.signing import detached, pdf
    from khoyte.signing.trust import load_trust
    from khoyte.submissions.signatures import check_alone

    trusted, moment = load_trust(), now()
    if signature is not None:
        return [("", detached.check(file.read_bytes(), signature.read_bytes(), trusted, moment))]
    with file.open("rb") as opened:
        is_pdf = opened.read(1024).lstrip().startswith(b"%PDF")
    if is_pdf:
        return pdf.check(file.read_bytes(), trusted, moment)
    with FileSource(file) as source:
        answer = check_alone(source, trusted, moment)
    return [] if answer is None else [("CHUKYDONVI", answer)]


def as_document(slot: str, answer: "Answer") -> dict[str, Any]:
    """One signature as `--json` prints it; whose facility it is belongs to the intake and is left out."""
    from khoyte.signing.wording import spoken

    why = [spoken(case) for case in (*answer.problems, *answer.lacking)]
    return {
        "slot": slot,
        "state": answer.state,
        "problems": [part for part, _ in answer.problems],
        "lacking": [part for part, _ in answer.lacking],
        "why": {"vi": [text.vi for text in why], "en": [text.en for text in why]},
        "signer": answer.signer,
        "trust": answer.trust,
    }


def say(rows: Sequence[Mapping[str, Any]], lang: str) -> None:
    from khoyte.signing.wording import STATES

    if not rows:
        click.echo(STATES["absent"].say(lang))
    for row in rows:
        click.echo(f"{row['slot']} {STATES[row['state']].say(lang)}".strip())
        for reason in row["why"][lang]:
            click.echo(f"  - {reason}")
        for label, value in _who(row["signer"] or {}):
            click.echo(f"  {label.say(lang)}: {value}")


def _who(signer: Mapping[str, Any]) -> list[tuple[Text, str]]:
    people = ", ".join(dict.fromkeys(filter(None, (signer.get("name"), signer.get("organisation")))))
    rows = [
        (Text("Người ký", "Signed by"), people),
        (Text("Mã số thuế", "Tax code"), signer.get("tax_code")),
        (Text("Thời điểm theo dấu thời gian", "Time stamped at"), signer.get("stamped_at")),
        (Text("Thời điểm do người ký khai", "Time the signer says"), signer.get("claimed_at")),
        (Text("Nơi cấp chứng thư", "Issued by"), signer.get("issuer")),
        (Text("Chứng thư có hiệu lực", "Certificate in force"), _span(signer)),
    ]
    return [(label, value) for label, value in rows if value]


def _span(signer: Mapping[str, Any]) -> str:
    return f"{signer['valid_from'][:10]} - {signer['valid_to'][:10]}" if signer else ""
