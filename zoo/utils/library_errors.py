"""Errors of libraries on damaged files as zoo's own; panics of libraries in Rust are no ``Exception``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zoo.errors import IntegrityError, ZooError

_HINT = "download the model's files again; if that does not help, report it to the library's authors"


def is_panic(error: BaseException) -> bool:
    """Return whether ``error`` is a panic, by the name of its class, which cannot be imported."""
    return type(error).__name__ == "PanicException" and not isinstance(error, Exception)


def as_error(error: BaseException, what: str = "a library cannot read a file of the model") -> IntegrityError:
    """Return a panic as an error of zoo; ``what`` says what failed."""
    return IntegrityError(what, why=" ".join(str(error).split())[:300], hint=_HINT)


@contextmanager
def wrap_panics(what: str) -> Iterator[None]:
    """Raise a panic inside the block as an error of zoo; ``what`` says what failed.

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
def wrap_library_errors(what: str) -> Iterator[None]:
    """Raise exceptions of a library that reads untrusted files as errors of zoo.

    Errors of zoo pass unchanged, and so do those that say nothing about the files: out of memory, missing
    libraries, errors of the operating system.

    Args:
        what: failed.

    Raises:
        IntegrityError: a library raised something else.
    """
    try:
        with wrap_panics(what):
            yield
    except (ZooError, MemoryError, ImportError):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        why = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        raise IntegrityError(what, why=why, hint=f"{_HINT}; ZOO_DEBUG=1 shows where") from error
