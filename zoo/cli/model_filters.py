"""The options by which models are chosen, shared by the verbs that list them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from zoo.cli.completion import TASK
from zoo.cli.task_option import TaskOption
from zoo.registry.query import SORTS, Query, parse_count, parse_range

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--source", help="Only this source, timm say; also its models in the cache."),
    click.option(
        "--task",
        type=TASK,
        cls=TaskOption,
        help="Only models published for this task (image-classification), or to fine-tune for it",
    ),
    click.option("--modality", help="Only models of image, text or audio."),
    click.option(
        "--license",
        "license_",
        metavar="SPDX",
        help="Only this licence, or: permissive, noncommercial, restricted, unknown.",
    ),
    click.option("--max-parameters", metavar="N", help="Only backbones of at most 500K, 10M, 1.5B."),
    click.option("--min-parameters", metavar="N", help="Only backbones of at least that."),
    click.option("--input-size", metavar="N[-N]", help="Only this side in pixels, or length in tokens."),
    click.option("--min-accuracy", type=float, metavar="P", help="Only published ImageNet top-1 from P %."),
    click.option("--cached", is_flag=True, help="Only models whose weights are on this disk."),
)


def choosing(command: F) -> F:
    """Give a command these options; :func:`query` makes a query of them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def sorting(command: F) -> F:
    """Give a command ``--sort``."""
    option = click.option(
        "--sort",
        default="id",
        show_default=True,
        metavar="KEY",
        help=f"{', '.join(SORTS)}: smallest first, accuracy best first; -KEY: largest, +KEY: smallest first.",
    )
    return option(command)


def query(
    pattern: str | None = None,
    *,
    source: str | None,
    task: str | None,
    modality: str | None,
    license_: str | None,
    max_parameters: str | None,
    min_parameters: str | None,
    input_size: str | None,
    min_accuracy: float | None,
    cached: bool,
) -> Query:
    """Return the options as a query.

    Raises:
        ConfigError: a number is not one.
    """
    ids = None
    if cached:
        from zoo.registry.cache.downloaded import cached_ids

        ids = cached_ids()
    return Query(
        pattern=pattern,
        source=source,
        task=task,
        modality=modality,
        license=license_,
        max_parameters=parse_count(max_parameters) if max_parameters else None,
        min_parameters=parse_count(min_parameters) if min_parameters else None,
        input_size=parse_range(input_size) if input_size else None,
        min_accuracy=min_accuracy,
        ids=ids,
    )
