"""Lines of the logs: of our own rooms their words, of everybody else's only kind and place.

Libraries put values into their messages (a Host header, a path, the row that broke a rule), and Python prints
the message of an error nobody caught. Our own messages are written in one place each and checked not to.
"""

import logging
import sys
import threading
import traceback
from types import TracebackType

_OWN = "khoyte"
_FRAMES = 6
log = logging.getLogger("khoyte.process")


class WithoutValues(logging.Formatter):
    """Time, level, who; then our message, or for other loggers the line that logs and the kind of error."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        words = [record.getMessage()] if is_own(record.name) else []
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            words.append(f"{type(error).__name__} at {place_of(error)}")
        elif not words:
            words.append(f"at {record.filename}:{record.lineno}")
        record.message = " ".join(words)
        record.asctime = self.formatTime(record, self.datefmt)
        return self.formatMessage(record)


def is_own(name: str) -> bool:
    return name == _OWN or name.startswith(f"{_OWN}.")


def place_of(error: BaseException) -> str:
    """The lines of code an error came through, the innermost last; no value of anything."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames)


def hold_back_values() -> None:
    """From now on this process tells of errors nobody caught, and of warnings, without their words."""
    sys.excepthook = _uncaught
    threading.excepthook = lambda told: _uncaught(
        told.exc_type, told.exc_value or told.exc_type(), told.exc_traceback
    )
    sys.unraisablehook = lambda told: _uncaught(
        told.exc_type, told.exc_value or told.exc_type(), told.exc_traceback
    )
    logging.captureWarnings(True)
    # Where writing a line itself fails, Python would print the values that were to be written.
    logging.raiseExceptions = False


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        log.critical("%s at %s", kind.__name__, place_of(error.with_traceback(trace)))
