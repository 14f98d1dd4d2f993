"""The worker's part of notices: the duties of the day, then what is to leave, beside everything else."""

import threading
import time
from collections.abc import Sequence

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from khoyte.notices.daily import DailyTask, do_due
from khoyte.notices.delivery import deliver_due
from khoyte.notices.planning import plan_new

PAUSE_SECONDS, SHORT_PAUSE = 1.0, 0.05
DUTIES_EVERY = 60.0


def keep_telling(stop: threading.Event, duties: Sequence[DailyTask]) -> None:
    """Until told to stop. A slow gateway holds up nothing but other notices."""
    look_again = 0.0
    while not stop.is_set():
        done = 0
        try:
            if time.monotonic() >= look_again:
                do_due(duties)
                look_again = time.monotonic() + DUTIES_EVERY
            done = plan_new() + deliver_due()
        except (DatabaseError, InterfaceError, OperationalError):
            connection.close()
            look_again = time.monotonic() + PAUSE_SECONDS
        stop.wait(SHORT_PAUSE if done else PAUSE_SECONDS)
    connection.close()
