"""``zoo.list_models``: the shelf from Python."""

from __future__ import annotations

from zoo.catalogue.query import choose
from zoo.catalogue.shelf import rows_with
from zoo.records import ModelCard


def list_models(
    pattern: str | None = None,
    *,
    source: str | None = None,
    task: str | None = None,
    max_parameters: int | None = None,
    license: str | None = None,
) -> list[ModelCard]:
    """Cards of the shelf that meet all conditions, sorted by id; imports no framework.

    Args:
        pattern: shell pattern on the id or the name, ``"*resnet18*"`` say.
        source: ``"timm"`` say; models of it that lie on this disk are listed too, where it knows them.
        task: what the published weights do, ``"image-classification"`` say.
        max_parameters: of the backbone.
        license: an SPDX identifier, or ``"permissive"``.
    """
    shelf = rows_with(source)
    found = choose(shelf, pattern, source=source, task=task, max_parameters=max_parameters, license=license)
    return [ModelCard.model_validate(row) for row in found]
