"""Writing TF Hub's cards: ``python -m zoo_tfhub.catalogue tfhub_models.jsonl PAGES``.

The JSONL names handles with task, data set, architecture, licence, language and whether they can be
fine-tuned. It does not say in which format a model is published or what it takes and gives, so PAGES is a
checkout of github.com/tensorflow/tfhub.dev, and a handle gets a card only if its page there

- says ``format: saved_model_2``;
- for images: is about a feature vector, and states that pixels are in [0, 1], which is what zoo prepares
  (for BiT, keras.io/examples/vision/bit states it). Several publishers want other ranges and others state
  none: those can be opened by handle, at one's own judgement. Plain classifiers are left out, because a new
  head needs the layer before the scores;
- for texts: either links to exactly one preprocessor, or takes strings and states the width of its vector.

Size and width are taken from the page where it states one; whatever is not stated stays empty and is seen
when the model is opened. Cards of other sources that stand in the registry are kept, and the same input gives
the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from zoo.errors import ConfigError
from zoo.plugin import Features, ModelCard, TextInput, files, registry
from zoo_tfhub.cards import image_input
from zoo_tfhub.pages import Page, read_pages

Row = Mapping[str, Any]

# Their pages state no range; Keras' own example of them divides by 255.
_UNIT_INTERVAL_BY_EXAMPLE = "google/bit/"
# Its page repeats the width of the base model.
_WIDTH_IS_DOUBTFUL = frozenset({"google/universal-sentence-encoder-cmlm/en-large/1"})
# What numbers, not texts, go into; and what is called by signatures for pairs of texts.
_NOT_STRINGS = ("input_word_ids", "question_encoder")
_LENGTH = 128


def survey(paths: Sequence[Path]) -> Iterator[ModelCard]:
    """Return all cards; ``paths`` are the JSONL of handles and the folder of pages.

    Raises:
        ConfigError: not these two.
    """
    if len(paths) != 2 or not paths[0].is_file() or not paths[1].is_dir():
        raise ConfigError(
            "tfhub takes a file of handles and a folder of pages",
            hint="zoo registry update tfhub tfhub_models.jsonl tfhub.dev",
        )
    lines = paths[0].read_bytes().splitlines()
    return cards([files.parse_json(line) for line in lines if line.strip()], read_pages(paths[1]))


def cards(rows: list[Row], pages: Mapping[str, Page]) -> Iterator[ModelCard]:
    """Yield a card for every row that the rule above lets in."""
    preprocessors = {row["handle"] for row in rows if row["task"] == "text-preprocessing"}
    for row in rows:
        page = pages.get(row["handle"])
        if page is None or not page.is_saved_model_2:
            continue
        if row["task"] in ("image-feature-vector", "image-classification"):
            facts = _image(row, page)
        elif row["task"] == "text-embedding":
            facts = _text(page, page.links(preprocessors), pages)
        else:
            continue
        if facts is not None:
            yield ModelCard(**_common(row, page), **facts)


def _image(row: Row, page: Page) -> dict[str, Any] | None:
    about_features = row["task"] == "image-feature-vector" or "feature" in row["handle"]
    unit = page.takes_unit_interval or row["handle"].startswith(_UNIT_INTERVAL_BY_EXAMPLE)
    if not about_features or not unit:
        return None
    form = image_input(page.size) if page.size else None
    return {"modality": "image", "task": "image-feature-extraction", "input": form}


def _text(page: Page, preprocessors: list[str], pages: Mapping[str, Page]) -> dict[str, Any] | None:
    facts = {"modality": "text", "task": "feature-extraction"}
    if len(preprocessors) == 1:
        stated = pages[preprocessors[0]].mentions(f"{_LENGTH}")
        form = TextInput(max_length=_LENGTH) if stated else None
        return {**facts, "companion": preprocessors[0], "input": form}
    if preprocessors or page.width is None or any(map(page.mentions, _NOT_STRINGS)):
        return None
    return {**facts, "input": TextInput()}


def _common(row: Row, page: Page) -> dict[str, Any]:
    width = None if row["handle"] in _WIDTH_IS_DOUBTFUL else page.width
    return {
        "id": f"tfhub:{row['handle']}",
        "framework": "tensorflow",
        "architecture": row["architecture"] or "",
        "features": Features(kind="vector", width=width) if width else None,
        "license": row["license"],
        "trainable": row["fine_tunable"],
        "summary": _summary(row),
    }


def _summary(row: Row) -> str:
    said = []
    if row["dataset"]:
        said.append(f"trained on {', '.join(row['dataset'])}")
    if row["language"]:
        few = row["language"][:5]
        said.append(f"language {', '.join(few)}{', ...' if len(row['language']) > len(few) else ''}")
    return "; ".join(said)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m zoo_tfhub.catalogue", description=__doc__)
    parser.add_argument("models", type=Path, help="tfhub_models.jsonl")
    parser.add_argument("pages", type=Path, help="a checkout of github.com/tensorflow/tfhub.dev")
    parser.add_argument("--out", type=Path, default=Path("registry.json"))
    options = parser.parse_args()
    listed = list(survey([options.models, options.pages]))
    registry.write_cards(options.out, "tfhub", listed)
    print(f"{len(listed)} cards written to {options.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
