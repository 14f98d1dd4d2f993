"""A browser window for tests: sends the form's token along, as every page of ours does."""

from typing import Any

from django.test import Client

from khoyte.units.models import Account
from khoyte.units.tests.country import PASSWORD


class Window(Client):
    """Django's test client with the protection against forged requests on and its token in every form."""

    def __init__(self, account: Account | None = None, **defaults: Any) -> None:
        super().__init__(enforce_csrf_checks=True, raise_request_exception=False, **defaults)
        if account is not None:
            self.force_login(account)

    def post(self, path: str, data: Any = None, *args: Any, **more: Any) -> Any:
        if isinstance(data, dict) or data is None:
            data = {"csrfmiddlewaretoken": self._token(), **(data or {})}
        return super().post(path, data, *args, **more)

    def sign_in(self, username: str, password: str = PASSWORD, **more: str) -> Any:
        return self.post("/dang-nhap", {"username": username, "password": password, **more})

    @property
    def key(self) -> str:
        """The session key in the cookie; empty without one."""
        return self.cookies["sessionid"].value if "sessionid" in self.cookies else ""

    def _token(self) -> str:
        if "csrftoken" not in self.cookies:
            self.get("/dang-nhap")
        return self.cookies["csrftoken"].value
