"""Command that writes timm's cards to a registry file: ``python -m zoo_timm.catalogue results-imagenet.csv``.

timm publishes the CSV with its code; the facts come from timm itself, on the meta device. Cards of other
sources in the file are kept. The same versions and input give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import timm

from zoo.errors import ConfigError
from zoo.plugin import ModelCard, Published, registry
from zoo_timm.cards import card_of

SOURCE = "timm results-imagenet.csv"


def survey(files: Sequence[Path]) -> Iterator[ModelCard]:
    """Return all cards; ``files`` is empty or timm's results-imagenet.csv.

    Raises:
        ConfigError: more than one file.
    """
    if len(files) > 1:
        raise ConfigError("timm takes one file", hint="zoo registry update timm results-imagenet.csv")
    return cards(files[0] if files else None)


def cards(results: Path | None = None) -> Iterator[ModelCard]:
    """Return a card for every pretrained tag, with its published ImageNet accuracy if ``results`` has it."""
    measured = _measured(results) if results else {}
    for name in timm.list_pretrained():
        card = card_of(name)
        assert card.input is not None
        at_size = measured.get(name, {})
        # Many are listed at a larger test size too; zoo prepares the card's own input.
        value = at_size.get(card.input.height)
        if value is not None:
            figure = Published(
                metric="top-1 accuracy", value=value, dataset="ImageNet-1k validation", source=SOURCE
            )
            card = card.model_copy(update={"published": (figure,)})
        yield card


def _measured(results: Path) -> dict[str, dict[int, float]]:
    """Return top-1 accuracy in percent, by name and size of the image."""
    found: dict[str, dict[int, float]] = {}
    with results.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["model"], {})[int(row["img_size"])] = float(row["top1"])
    return found


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m zoo_timm.catalogue", description=__doc__)
    parser.add_argument("results", type=Path, nargs="?", help="timm's results-imagenet.csv")
    parser.add_argument("--out", type=Path, default=Path("registry.json"))
    options = parser.parse_args()
    listed = list(cards(options.results))
    registry.write_cards(options.out, "timm", listed)
    print(f"{len(listed)} cards written to {options.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
