"""Where the files of a form lie: never in the temporary folder, never after the request."""

import io
import os
import tempfile
from pathlib import Path

import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory
from django.utils.datastructures import MultiValueDict

from khoyte.foundation.errors import KhoyteError
from khoyte.submissions import form_files, parts
from khoyte.submissions.form_files import BlobUploadHandler


def request_with(*bodies: bytes) -> WSGIRequest:
    files = [SimpleUploadedFile(f"goi-{number}.xml", body) for number, body in enumerate(bodies)]
    return RequestFactory().post("/goi-ho-so/gui", {"tep": files})


def open_files() -> list[str]:
    """What this process holds open, by name; a nameless file shows its folder."""
    folder, found = Path("/proc/self/fd"), []
    for entry in folder.iterdir():
        try:
            found.append(os.readlink(entry))
        except FileNotFoundError:
            continue
    return found


def test_the_settings_name_this_handler(settings):
    assert settings.FILE_UPLOAD_HANDLERS == ["khoyte.submissions.uploads.BlobUploadHandler"]
    assert [type(handler) for handler in request_with(b"x").upload_handlers] == [BlobUploadHandler]


def test_small_files_stay_in_memory():
    request = request_with(b"<a/>" * 100, b"<b/>")
    found = request.FILES.getlist("tep")
    assert [(file.name, file.size, file.read()) for file in found] == [
        ("goi-0.xml", 400, b"<a/>" * 100),
        ("goi-1.xml", 4, b"<b/>"),
    ]
    assert not any(str(parts.parts_folder()) in name for name in open_files())
    request.close()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="reads the open files of a Linux process")
def test_large_files_lie_below_the_blob_folder_and_are_gone_with_the_request():
    body, named = os.urandom(3 * 2**20), set(parts.parts_folder().iterdir())
    request = request_with(body)
    file = request.FILES["tep"]
    assert b"".join(file.chunks(100_000)) == body
    held = [name for name in open_files() if "deleted" in name or str(parts.parts_folder()) in name]
    assert any(str(parts.parts_folder()) in name for name in held)
    assert not any(name.startswith(tempfile.gettempdir() + "/tmp") for name in held)
    # Nameless, so that nothing stays after a kill; what others left here is theirs.
    assert set(parts.parts_folder().iterdir()) == named
    request.close()
    assert file.closed
    assert not any(str(parts.parts_folder()) in name for name in open_files())


def test_the_files_of_a_form_share_the_memory(monkeypatch):
    monkeypatch.setattr(form_files, "FORM_MEMORY_BYTES", 1000)
    request = request_with(b"a" * 600, b"b" * 600, b"c" * 600)
    rolled = [file.file._rolled for file in request.FILES.getlist("tep")]
    assert rolled == [False, True, True]
    assert [file.read()[:1] for file in request.FILES.getlist("tep")] == [b"a", b"b", b"c"]
    request.close()


def test_a_form_beyond_the_limit_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(form_files, "DIRECT_BODY_BYTES", 1000)
    with pytest.raises(KhoyteError) as refused:
        request_with(b"a" * 2000).FILES  # noqa: B018
    assert (refused.value.status, refused.value.code) == (413, "too-large")
    assert isinstance(refused.value, RequestDataTooBig)


def test_a_form_cut_on_its_way_leaves_nothing_open():
    whole, named = request_with(os.urandom(3 * 2**20)), set(parts.parts_folder().iterdir())
    body = whole.body
    cut = RequestFactory().generic(
        "POST", "/", body[: len(body) // 2], content_type=whole.META["CONTENT_TYPE"]
    )
    found = cut.FILES if cut.FILES else MultiValueDict()
    for file in found.values():
        assert file.size < 3 * 2**20
    cut.close()
    assert set(parts.parts_folder().iterdir()) == named
    assert not any(str(parts.parts_folder()) in name for name in open_files())


def test_a_handler_that_is_interrupted_closes_its_file():
    handler = BlobUploadHandler()
    handler.handle_raw_input(io.BytesIO(), {}, 10, "x")
    handler.new_file("tep", "goi.xml", "application/xml", None)
    handler.receive_data_chunk(b"<a/>", 0)
    handler.upload_interrupted()
    assert handler.file.closed
