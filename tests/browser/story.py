"""Given, when, then: steps of a journey in words, which a failure repeats.

    with given("a clinic that nobody knows yet"):
        ...

Plain functions, as the steps of one journey share what they have found and are used nowhere else; a language
of its own for steps would put each of them in two places.
"""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _step(word: str, words: str) -> Iterator[None]:
    try:
        yield
    except BaseException as problem:
        problem.add_note(f"{word} {words}")
        raise


def given(words: str):  # type: ignore[no-untyped-def]  # a context manager, as all three
    return _step("Given", words)


def when(words: str):  # type: ignore[no-untyped-def]
    return _step("When", words)


def then(words: str):  # type: ignore[no-untyped-def]
    return _step("Then", words)
