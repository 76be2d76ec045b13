"""Panics of libraries written in Rust: Python sees them as exceptions that are no ``Exception``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zoo.errors import IntegrityError

_MEND = "download the model's files again; if that does not help, report it to the library's authors"


def is_panic(error: BaseException) -> bool:
    """Whether ``error`` is a panic; its class cannot be imported, so its name decides."""
    return type(error).__name__ == "PanicException" and not isinstance(error, Exception)


def as_error(error: BaseException, what: str = "a library cannot read a file of the model") -> IntegrityError:
    """Return a panic as an error of zoo; ``what`` says what failed."""
    return IntegrityError(what, why=" ".join(str(error).split())[:300], mend=_MEND)


@contextmanager
def panics_refused(what: str) -> Iterator[None]:
    """Raise a panic inside as an error of zoo; ``what`` says what failed.

    Raises:
        IntegrityError: there was a panic.
    """
    try:
        yield
    except BaseException as error:
        if not is_panic(error):
            raise
        raise as_error(error, what) from error
