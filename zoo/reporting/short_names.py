"""Names of inputs without the folder that they all lie in: a page that is passed on tells nobody's home."""

from __future__ import annotations

import os

from zoo.datasets.inputs.protocol import Inputs
from zoo.runs.report_schema import DataCheck
from zoo.utils.plain_text import clean


class Names:
    """Shortens the names of ``inputs``."""

    def __init__(self, inputs: Inputs):
        names = [inputs.name(i) for i in range(len(inputs))]
        # What the first and the last in order begin with, all between begin with.
        first, last = (min(names), max(names)) if names else ("", "")
        differ = (i for i, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1])
        common = first[: next(differ, min(len(first), len(last)))]
        self._common = common[: max(common.rfind("/"), common.rfind(os.sep)) + 1]

    def short(self, name: str) -> str:
        """Return what comes after the common folder."""
        return clean(name.removeprefix(self._common))

    def shortened(self, check: DataCheck) -> DataCheck:
        """Return the same check with short names."""

        def pairs(found: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
            return tuple((self.short(one), self.short(other)) for one, other in found)

        return check.model_copy(
            update={
                "skipped": clean(check.skipped),
                "conflict_examples": pairs(check.conflict_examples),
                "overlaps": tuple(
                    one.model_copy(update={"examples": pairs(one.examples)}) for one in check.overlaps
                ),
            }
        )
