"""The web application: Django behind readers of bodies that do not wait for ever."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

from khoyte.edges.patience import patient


class RequestInUtf8(WSGIRequest):
    """A request whose texts are UTF-8, as our pages and the API say, whatever charset its header claims.

    Django would decode by any codec of Python named there, also by those that make no text of bytes, and fail
    before anything of ours could answer.
    """

    @property
    def encoding(self) -> str:
        return "utf-8"

    @encoding.setter
    def encoding(self, claimed: str) -> None:
        """What a sender claims changes nothing."""


class Application(WSGIHandler):
    request_class = RequestInUtf8


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "khoyte.edges.settings")
django.setup(set_prefix=False)
application = patient(Application())
