"""Copies of live models; pickling is refused."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, NoReturn, Self

from zoo.errors import ConfigError


class Copied:
    """Mixin of classes whose objects hold code: copies are made in memory, pickles are refused."""

    def __copy__(self) -> Self:
        """The same parts under another object."""
        new = type(self).__new__(type(self))
        new.__dict__.update(self.__dict__)
        return new

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """An object with parts of its own."""
        new = type(self).__new__(type(self))
        memo[id(self)] = new
        new.__dict__.update({name: deepcopy(value, memo) for name, value in self.__dict__.items()})
        return new

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        """Refuse: a pickle runs code when it is opened, and preprocessing is code.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(
            f"a {type(self).__module__.partition('.')[0]}.{type(self).__name__} cannot be pickled",
            why="it holds code, and opening a pickle runs it",
            hint="model.save(FOLDER) writes it and zoo.load(FOLDER) opens it again; hand the folder on",
        )
