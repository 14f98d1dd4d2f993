"""The lake's own process: fill every few minutes and keep files few; once a night tidy and compare."""

import logging
import signal
import threading
from datetime import date

import psycopg
from django.db import DatabaseError, connection

from khoyte.foundation.calendar import in_vietnam, today
from khoyte.foundation.errors import KhoyteError
from khoyte.warehouse import comparing, errors, filling, registers_by_day, tidying
from khoyte.warehouse.freshness import seconds_between_fills

log = logging.getLogger("khoyte.lake")
_DATABASE_ERRORS = (DatabaseError, psycopg.Error)


def run() -> None:
    """Work until SIGTERM or SIGINT; a fill in hand is finished, or taken up again the next time."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    looked_on: date | None = None
    while not stop.wait(seconds_between_fills()):
        one_round(nightly=looked_on != today() and is_night_due())
        looked_on = today()


def is_night_due() -> bool:
    """Whether the night's work was not done today; neither a new process nor a new lake asks for it.

    It reads all of the lake, which by day takes the processors from those who send.
    """
    try:
        found = filling.state()
    except _DATABASE_ERRORS:
        return False  # the round that follows will tell
    if found.fills == 0:
        return False
    return found.checked_at is None or in_vietnam(found.checked_at).date() < today()


def one_round(*, nightly: bool) -> None:
    """Fill, and at night tidy and compare. What goes wrong is told and tried again the next time."""
    try:
        try:
            filling.fill()
        except errors.LakeOutdated:
            log.warning("the lake was made with other columns; it is made anew")
            filling.rebuild()
        tidying.merge()
        registers_by_day.take_if_due()
        if nightly:
            tidying.tidy()
            check()
    except errors.LakeBusy:
        log.info("another process is writing the lake")
    except _DATABASE_ERRORS as error:
        log.warning("database: %s; trying again", type(error).__name__)
        connection.close()
    except (KhoyteError, OSError) as error:
        log.error("the lake cannot be filled: %s", type(error).__name__)
    except Exception as error:  # a library's message can quote a value: the kind only
        log.error("the lake cannot be filled: %s", type(error).__name__)


def check() -> bool:
    """The nightly comparison; loud when the lake is not what the visit rows say."""
    document = comparing.compare()
    for table in (*document["tables"], *document["registers"]):
        if not table["equal"]:
            log.error(
                "THE LAKE IS NOT EQUAL: %s, %s groups, %s damaged files",
                table["table"],
                table["unequal_groups"],
                len(table["damaged"]),
            )
    return bool(document["equal"])
