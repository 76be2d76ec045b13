"""``zoo list``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click

from zoo.cli import table


@click.command("list")
@click.argument("pattern", required=False)
@click.option("--source", help="Only models of this source, timm say; those in its cache too.")
@click.option(
    "--task",
    help="Only models published for this, image-classification say; or fit for token-classification.",
)
@click.option("--max-parameters", metavar="N", help="Only backbones of at most this size: 500K, 10M, 1.5B.")
@click.option("--license", "license_", metavar="SPDX", help="Only this licence, or 'permissive'.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def command(
    pattern: str | None,
    source: str | None,
    task: str | None,
    max_parameters: str | None,
    license_: str | None,
    as_json: bool,
) -> None:
    """Show the shelf of known models; PATTERN is a shell pattern such as "*resnet18*".

    Shown are the parameters of the backbone, the side of its input in pixels (or that it takes texts, and of
    how many tokens), the width of its features, the licence, and the published ImageNet top-1 accuracy in
    percent. The shelf is not a fence: a model that is not on it can be opened by its id too.
    """
    from zoo.catalogue.query import choose, parse_count
    from zoo.catalogue.shelf import rows_with

    most = parse_count(max_parameters) if max_parameters else None
    shelf = rows_with(source)
    found = choose(shelf, pattern, source=source, task=task, max_parameters=most, license=license_)
    if as_json:
        from zoo.version import version

        click.echo(json.dumps({"schema": "zoo.list/1", "zoo": version(), "models": found}))
        return
    table.show(
        ("id", "params", "input", "width", "licence", "top-1"),
        (
            (
                row["id"],
                table.count(row.get("parameters")),
                _input(row.get("input"), row.get("modality", "image")),
                str((row.get("features") or {}).get("width", "")),
                row.get("license") or "unknown",
                _top1(row.get("published") or ()),
            )
            for row in found
        ),
        right=(1, 2, 3, 5),
        spare=(3, 2, 5, 4),
    )
    click.echo(f"{len(found)} of {len(shelf)} models", err=True)


def _input(form: dict[str, int] | None, modality: str | None) -> str:
    if modality is None:
        return ""
    if modality != "image":
        most = (form or {}).get("max_length")
        return f"{modality} {most}" if most else modality
    return f"{form['height']}x{form['width']}" if form else ""


def _top1(published: Iterable[dict[str, Any]]) -> str:
    return next((f"{one['value']:.1f}" for one in published if one["metric"] == "top-1 accuracy"), "")
