"""An invented authority whose services answer on loopback, and a trust folder that trusts it."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

from khoyte.nonprod.twins.authority import Authority
from khoyte.nonprod.twins.responder import Responder, serving


@pytest.fixture(scope="module")
def responder() -> Responder:
    return Responder(Authority.make())


@pytest.fixture(scope="module")
def address(responder: Responder) -> Iterator[str]:
    with serving(responder) as at:
        responder.authority.address = at
        yield at


@pytest.fixture(autouse=True)
def without_faults(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "responder" in request.fixturenames:
        request.getfixturevalue("responder").faults.clear()


@pytest.fixture
def trusted(responder: Responder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "trust"
    responder.authority.write_trust(folder)
    monkeypatch.setenv("KHOYTE_TRUST", str(folder))
    return folder


@pytest.fixture(scope="module")
def paper() -> bytes:
    """A PDF of one empty A4 page."""
    writer = PdfFileWriter()
    box = generic.ArrayObject([generic.NumberObject(side) for side in (0, 0, 595, 842)])
    content = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    writer.insert_page(PageObject(contents=content, media_box=box))
    written = BytesIO()
    writer.write(written)
    return written.getvalue()
