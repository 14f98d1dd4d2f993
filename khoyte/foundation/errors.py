"""The one family of errors that are shown to people without a traceback.

A message says what is wrong and where; the remedy says what to do next. Each room adds named children. The
edges map them to exit statuses, problem documents and OperationOutcomes; `code` is the stable name that
programs may rely on. Messages and facts hold no names or numbers of persons.
"""

from khoyte.foundation.language import Text


class KhoyteError(Exception):
    """Base of all errors meant for people.

    `retry` says whether the same act may succeed later without a change; facts given by keyword become
    attributes of the error (`error.path`, `error.limit`) and stand in `error.facts`.
    """

    code = "error"
    retry = False
    exit_status = 2

    def __init__(
        self,
        text: Text,
        *,
        remedy: Text | None = None,
        code: str | None = None,
        retry: bool | None = None,
        exit_status: int | None = None,
        **facts: object,
    ) -> None:
        super().__init__(text)
        self.text = text
        self.remedy = remedy
        self.facts = facts
        if code is not None:
            self.code = code
        if retry is not None:
            self.retry = retry
        if exit_status is not None:
            self.exit_status = exit_status
        for name, value in facts.items():
            setattr(self, name, value)

    def __str__(self) -> str:
        return self.say("en")

    def say(self, lang: str = "vi") -> str:
        """Message and remedy as one paragraph."""
        if self.remedy is None:
            return self.text.say(lang)
        return f"{self.text.say(lang)} {self.remedy.say(lang)}"


class WrongUsage(KhoyteError):
    """Asked for something that cannot be: a wrong option, name or date."""

    code = "wrong-usage"


class UnreadableInput(KhoyteError):
    """A file or text that cannot be read as what it should be."""

    code = "unreadable-input"


class ServiceAbsent(KhoyteError):
    """A service this act needs (database, blob store, other system) does not answer."""

    code = "service-absent"
    retry = True
    exit_status = 3
