"""What libraries raise on damaged files: anything; panics of those written in Rust are no ``Exception``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zoo.errors import IntegrityError, ZooError

_MEND = "download the model's files again; if that does not help, report it to the library's authors"


def is_panic(error: BaseException) -> bool:
    """Whether ``error`` is a panic; its class cannot be imported, so its name decides."""
    return type(error).__name__ == "PanicException" and not isinstance(error, Exception)


def as_error(error: BaseException, what: str = "a library cannot read a file of the model") -> IntegrityError:
    """Return a panic as an error of zoo; ``what`` says what failed."""
    return IntegrityError(what, why=" ".join(str(error).split())[:300], hint=_MEND)


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


@contextmanager
def damage_refused(what: str) -> Iterator[None]:
    """Raise whatever a library raises inside on files from elsewhere as an error of zoo.

    Errors of zoo pass, and so does what says nothing about the files: memory and libraries that are missing,
    and errors of the operating system.

    Args:
        what: failed.

    Raises:
        IntegrityError: a library raised something else.
    """
    try:
        with panics_refused(what):
            yield
    except (ZooError, MemoryError, ImportError):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        why = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        raise IntegrityError(what, why=why, hint=f"{_MEND}; ZOO_DEBUG=1 shows where") from error
