"""``zoo.list_models``: the registry from Python."""

from __future__ import annotations

from zoo.core.cards import ModelCard
from zoo.registry.query import Query, accuracy_of, choose, input_of
from zoo.registry.reader import any_large, rows_with
from zoo.registry.search import search

_SHOWN = 100
"""Rows that a notebook shows."""


class Models(list[ModelCard]):
    """Cards in a list, which a notebook shows as a table."""

    def ids(self) -> list[str]:
        """Their ids."""
        return [card.id for card in self]

    def _repr_html_(self) -> str:
        from zoo.utils import html
        from zoo.utils.format import plural

        more = f"and {len(self) - _SHOWN:,} more" if len(self) > _SHOWN else ""
        header = ("model", "task", "parameters", "input", "width", "licence", "top-1")
        return html.grid(plural(len(self), "model"), header, map(_cells, self[:_SHOWN]), more)


def _cells(card: ModelCard) -> tuple[str, ...]:
    """Return the row of a card in a notebook."""
    from zoo.utils.format import count

    row = {**card.model_dump(mode="json", exclude_defaults=True), "modality": card.modality}
    top = accuracy_of(row)
    return (
        card.id,
        card.task or "",
        "" if card.parameters is None else count(card.parameters),
        input_of(row),
        str(card.features.width) if card.features else "",
        card.license or "not stated",
        "" if top is None else f"{top:.1f}",
    )


def list_models(
    pattern: str | None = None,
    *,
    words: str | None = None,
    source: str | None = None,
    task: str | None = None,
    modality: str | None = None,
    license: str | None = None,
    min_parameters: int | None = None,
    max_parameters: int | None = None,
    input_size: int | tuple[int, int] | None = None,
    min_accuracy: float | None = None,
    cached: bool = False,
    sort: str = "id",
) -> Models:
    """Return cards of the registry that meet all conditions, sorted; imports no framework.

    Args:
        pattern: shell pattern on the id or the name, ``"*resnet18*"`` say.
        words: each occurs in the card, as for ``zoo search``; the best come first, then ``sort`` is left out.
        source: ``"timm"`` say; models of it that lie on this disk are listed too, where it knows them.
        task: what the published weights do, ``"image-classification"`` say; or a task that models can be
            fine-tuned for, ``"classification"`` say.
        modality: ``"image"``, ``"text"`` or ``"audio"``.
        license: an SPDX identifier, or one of the classes ``"permissive"``, ``"noncommercial"``,
            ``"restricted"``, ``"unknown"``.
        min_parameters: of the backbone.
        max_parameters: of the backbone.
        input_size: side of the images in pixels, or most tokens of a text; or shortest and longest.
        min_accuracy: published ImageNet top-1 accuracy in percent.
        cached: only models whose weights are on this disk.
        sort: ``id``, ``parameters``, ``input`` or ``width``, smallest first, or ``accuracy``, best first;
            ``-`` before it: largest first, ``+``: smallest first.

    Raises:
        ConfigError: no model at all has such a source, task or licence, or the sort is none.
    """
    ids = None
    if cached:
        from zoo.registry.cache.downloaded import cached_ids

        ids = cached_ids()
    conditions = Query(
        pattern=pattern,
        source=source,
        task=task,
        modality=modality,
        license=license,
        min_parameters=min_parameters,
        max_parameters=max_parameters,
        input_size=(input_size, input_size) if isinstance(input_size, int) else input_size,
        min_accuracy=min_accuracy,
        ids=ids,
    )
    found = choose(rows_with(source, conditions), conditions, sort, whole=not any_large())
    return Models(ModelCard.model_validate(row) for row in (search(found, words) if words else found))
