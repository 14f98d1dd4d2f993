"""What Django does before any view or middleware of ours: it must not fail there either."""

import io
from wsgiref.util import setup_testing_defaults

import pytest


def answer(method: str, path: str, query: str, content_type: str, body: bytes = b"") -> tuple[int, bytes]:
    from khoyte.edges.wsgi import application  # sets Django up

    told: list[str] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "localhost",
        "wsgi.input": io.BytesIO(body),
    }
    setup_testing_defaults(environ)
    response = application(environ, lambda status, headers: told.append(status))
    content = b"".join(response)
    response.close()
    return int(told[0][:3]), content


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["hex", "zlib", "idna", "undefined", "punycode", "utf-16", "none-such"])
@pytest.mark.parametrize("path", ["/dang-nhap", "/api/v1/submissions"])
def test_a_claimed_charset_changes_nothing(charset: str, path: str) -> None:
    plain, _ = answer("GET", path, "next=%ff%d8&state=b", "text/plain")
    status, content = answer("GET", path, "next=%ff%d8&state=b", f"text/plain; charset={charset}")
    assert status == plain < 500
    assert content


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["hex", "zlib", "undefined", "utf-16"])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_nor_does_it_in_a_form(charset: str, kind: str) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\nan\r\n--x--\r\n'
    body = part if "boundary" in kind else b"username=an&password=%ff"
    status, content = answer("POST", "/dang-nhap", "", f"{kind}; charset={charset}", body)
    assert status == 403  # without the proof that the form was ours
    assert "<!DOCTYPE html>" in content.decode()
