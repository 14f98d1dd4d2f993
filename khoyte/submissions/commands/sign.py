"""`khoyte sign`: sign a file of records, a PDF or any document with a key of one's own. No database."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from khoyte.foundation.language import Text

if TYPE_CHECKING:
    from khoyte.signing.signers import Signer

PASSWORD = "KHOYTE_KEY_PASSWORD"  # noqa: S105 - the name of a variable
_DONE = Text("Đã ký {file}: {out}.", "Signed {file}: {out}.")


@click.command(help="Ký số tệp hồ sơ XML, PDF hoặc văn bản khác · Sign record files, PDF, other documents.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"Tệp khóa P12 hoặc PEM; mật khẩu ở biến {PASSWORD} · Key file; its password in {PASSWORD}.",
)
@click.option(
    "--token", "module", help="Thư viện PKCS#11 của thiết bị ký số (USB) · PKCS#11 module of a USB token."
)
@click.option("--token-label", default="", help="Nhãn của thiết bị ký số · Label of the token.")
@click.option("--remote", help="Địa chỉ dịch vụ ký từ xa (CSC API v2) · Address of a remote signing service.")
@click.option("--credential", default="", help="Mã chứng thư trên dịch vụ ký từ xa · Remote credential.")
@click.option("--timestamp", help="Địa chỉ dịch vụ cấp dấu thời gian (RFC 3161) · Time-stamp service.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.pass_context
def sign(
    ctx: click.Context,
    file: Path,
    key: Path | None,
    module: str | None,
    token_label: str,
    remote: str | None,
    credential: str,
    timestamp: str | None,
    out: Path,
) -> int:
    """XML of the standard is signed inside (CHUKYDONVI), PDF inside (PAdES), everything else beside (CMS)."""
    signer = chosen_signer(key, module, token_label, remote, credential)
    sign_any(file, out, signer, timestamp or "")
    click.echo(_DONE.fill(file=file.name, out=out).say(ctx.obj["lang"]))
    return 0


def chosen_signer(
    key: Path | None, module: str | None, label: str, remote: str | None, credential: str
) -> "Signer":
    """The one key asked for. The secret of each comes from the environment, never from the command line."""
    if sum(bool(one) for one in (key, module, remote)) != 1:
        raise click.UsageError("--key | --token | --remote")
    secret = os.environ.get(PASSWORD, "")
    if key:
        from khoyte.signing.signers import open_key

        return open_key(key, secret)
    if module:
        from khoyte.signing.tokens import open_token

        return open_token(module, label, secret)
    from khoyte.signing.remote import open_remote

    return open_remote(remote or "", credential, secret)


def sign_any(file: Path, out: Path, signer: "Signer", timestamp: str) -> None:
    from khoyte.foundation.calendar import now
    from khoyte.signing import detached, pdf
    from khoyte.submissions.signing_files import write_signed

    beginning = file.open("rb").read(1024).lstrip(b"\xef\xbb\xbf \t\r\n")
    if beginning.startswith(b"%PDF"):
        out.write_bytes(pdf.sign(file.read_bytes(), signer, timestamp=timestamp))
    elif beginning.startswith(b"<"):
        write_signed(file, out, signer, now())
    else:
        out.write_bytes(detached.sign(file.read_bytes(), signer, timestamp=timestamp))
