"""Tags and filters of the pages.

`{% say "Tiếng Việt" "English" %}` keeps both languages of a sentence side by side; `{n}` marks a place.
Whole numbers in a place are written as people read them.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.http import HttpRequest

from khoyte.foundation.language import Text
from khoyte.foundation.look import assets, formats, tables
from khoyte.foundation.look.parts import Column

register = template.Library()

register.filter("say", formats.said)
register.filter("number", formats.number)
register.filter("share", formats.share)
register.filter("day", formats.day)
register.filter("moment", formats.moment)
register.simple_tag(assets.address_of, name="asset")
register.simple_tag(tables.icon, name="icon")
register.simple_tag(tables.status, name="status")
register.simple_tag(tables.written, name="shown")
register.filter("body", tables.body)
register.filter("foot", tables.foot)


@register.simple_tag
def say(vi: str, en: str, **places: object) -> str:
    """One sentence in the language of the page."""
    written = {
        name: formats.number(value) if type(value) is int else formats.said(value)
        for name, value in places.items()
    }
    return Text(vi=vi, en=en).fill(**written).say(formats.language())


@register.simple_tag
def page_language() -> str:
    """ "vi" or "en", for the lang attribute."""
    return formats.language()


@register.simple_tag(takes_context=True)
def other_language(context: template.Context, language: str) -> str:
    """This page in another language, with its filters.

    Pages that anyone may open and pages of errors repeat nothing of the address but where to go afterwards:
    what stands there may be a person's name.
    """
    request: HttpRequest | None = context.get("request")
    frame: Any = context.get("frame")
    if request and frame and frame.account and not context.get("repeats_nothing"):
        asked = request.GET.copy()
        asked["lang"] = language
        return f"?{asked.urlencode()}"
    following = context.get("next")
    return "?" + urlencode({"lang": language, **({"next": following} if following else {})})


@register.filter
def as_of(moment: datetime | None) -> str:
    """The words "tính đến ... giờ" of a moment; nothing when there is none."""
    return formats.as_of(moment) if moment else ""


@register.filter
def capital(words: str) -> str:
    """The first letter as a capital, the rest untouched."""
    return words[:1].upper() + words[1:]


@register.simple_tag
def next_order(column: Column, sorted_by: str) -> str:
    """What the address says when the reader asks to sort by this column: up first, then down."""
    return f"-{column.name}" if sorted_by == column.name else column.name


@register.simple_tag
def order_of(column: Column, sorted_by: str) -> str:
    """aria-sort of a column."""
    return {column.name: "ascending", f"-{column.name}": "descending"}.get(sorted_by, "none")
