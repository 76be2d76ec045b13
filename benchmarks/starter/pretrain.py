"""Pretrains the starter network on glyphs of the installed fonts, with zoo itself, and writes what ships.

    apt-get install $(python benchmarks/starter/pretrain.py --packages)
    python benchmarks/starter/pretrain.py

Needs torch. Writes the weights and the cards of both frameworks into ``plugins/zoo_starter``, and the facts
to ``docs/results/starter-glyphs.json``: fonts with versions and licences, characters, accuracy on families
that no image came from. Some minutes on one core.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from record import record
from starter.collecting import Glyphset, collect, licence, packages
from starter.corpus import pictures, plain
from starter.writing import CATALOGUE, FRAMEWORK, blank, write, write_catalogue

import zoo

FONTS = """fonts-dejavu-core fonts-dejavu-extra fonts-liberation fonts-freefont-ttf fonts-noto-core fonts-lato
fonts-roboto-unhinted fonts-open-sans fonts-cantarell fonts-linuxlibertine fonts-crosextra-carlito
fonts-crosextra-caladea fonts-comfortaa fonts-inconsolata fonts-hack fonts-firacode fonts-jura fonts-oxygen
fonts-ebgaramond fonts-gfs-didot fonts-gfs-neohellenic fonts-gfs-artemisia fonts-gfs-porson
fonts-gfs-baskerville fonts-gfs-bodoni-classic fonts-gfs-complutum fonts-gfs-gazis fonts-gfs-olga
fonts-gfs-solomos
fonts-gfs-theokritos fonts-quicksand fonts-junicode fonts-sil-charis fonts-sil-doulos fonts-sil-gentium
fonts-sil-andika fonts-urw-base35"""
"""apt-get install these."""


def train(model: Any, found: Glyphset, each: int, epochs: int, seed: int, *, shuffled: bool = False) -> None:
    """Pretrain on ``each`` images a character.

    ``shuffled`` permutes the labels over the images: the baseline that has seen everything and learned
    nothing of it.
    """
    pixels, labels = pictures(found.seen, each, seed)
    if shuffled:
        labels = [labels[i] for i in np.random.default_rng(seed).permutation(len(labels))]
    data = zoo.data((pixels, labels), val=0.0)
    model.replace_head(data.task, seed=seed)
    config = zoo.TrainConfig(
        epochs=epochs, batch_size=128, lr=3e-3, augment="none", precision="float32", seed=seed
    )
    model.train(data, config, observer=_Said())


class _Said:
    def on_train_begin(self, steps: int, epochs: int) -> None:
        self.steps = steps

    def on_step_end(self, step: int, loss: float) -> None:
        if step % 50 == 0:
            print(f"step {step} of {self.steps}: loss {loss:.3f}", file=sys.stderr, flush=True)

    def on_epoch_end(self, line: dict[str, Any], best: Any) -> None:
        print(line, file=sys.stderr, flush=True)


def accuracy(model: Any, data: tuple[Any, list[str]]) -> float:
    """Share of images whose character is told among all that were learned."""
    answers = model.predict(list(data[0]))
    return float(np.mean([one.label == label for one, label in zip(answers, data[1], strict=True)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", action="store_true", help="print the Debian packages and stop")
    parser.add_argument("--each", type=int, default=100, help="images of each character")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.packages:
        print(FONTS)
        return
    if not CATALOGUE.exists():
        write_catalogue([blank(name) for name in FRAMEWORK])
    found = collect()
    print(f"{len(found.fonts)} fonts, {len(found.seen)} characters", file=sys.stderr, flush=True)
    model = zoo.load("starter:glyphs", from_scratch=True, seed=args.seed)
    train(model, found, args.each, args.epochs, args.seed)
    figures = {
        "printed": accuracy(model, plain(found.unseen, 4, args.seed + 1)),
        "distorted, coloured, noisy": accuracy(model, pictures(found.unseen, 4, args.seed + 2)),
    }
    print(figures, file=sys.stderr, flush=True)
    count = len(found.seen)
    said = (
        f"Pretrained by zoo on {count * args.each:,} images of {count:,} letters of {len(found.scripts)} "
        f"scripts from {len(found.fonts)} free fonts; knows no digits, no Hebrew, Georgian or Armenian. For "
        "small images of signs and shapes, not for photographs"
    )
    published = [
        {
            "metric": "accuracy",
            "value": round(value, 4),
            "dataset": f"{len(found.unseen)} letters in font families not learned from, {look}",
            "source": "docs/results/starter-glyphs.json",
        }
        for look, value in figures.items()
    ]
    write(model, said, published)
    debian = packages(found.fonts)
    tree = {
        "settings": {"images a character": args.each, "epochs": args.epochs, "seed": args.seed},
        "fonts": {name: {"version": debian[name], "licences": licence(name)} for name in sorted(debian)},
        "font_files": len(found.fonts),
        "characters": found.scripts,
        "left out as look-alikes": "".join(sorted(found.dropped)),
        "left out as copies": found.copies,
        "accuracy on unseen families": figures,
    }
    record("starter-glyphs", tree, "torch", "numpy", "Pillow", "fonttools", "scipy", "zoo-adapters")


if __name__ == "__main__":
    main()
