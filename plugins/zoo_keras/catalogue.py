"""Writing Keras' cards to a registry file: ``python -m zoo_keras.catalogue``.

The facts come from the installed Keras: each application is built once, and what it would fetch is written
down instead. Cards of other sources that stand in the file are kept. Equal versions give equal bytes.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras

from zoo.errors import ConfigError, PluginError
from zoo.plugin import Features, ModelCard, Published, WeightsRef, registry
from zoo_keras import published_facts
from zoo_keras.backend import keras_on_tensorflow
from zoo_keras.build import build_recorded
from zoo_keras.cards import image_input
from zoo_keras.names import APPLICATIONS, Application, application


def survey(files: Sequence[Path]) -> Iterator[ModelCard]:
    """Return all cards; Keras' own library says everything, so ``files`` is empty.

    Raises:
        ConfigError: it is not.
    """
    if files:
        raise ConfigError("keras takes no files", hint="zoo registry update keras")
    return cards()


def facts(name: str) -> ModelCard:
    """Return the card of one application, by building it.

    Raises:
        UnknownModel: there is no such application.
    """
    keras_on_tensorflow()
    return card(application(name))


def cards() -> Iterator[ModelCard]:
    """Yield a card for every application."""
    keras_on_tensorflow()
    for app in APPLICATIONS.values():
        yield card(app)
        keras.utils.clear_session()


def card(app: Application) -> ModelCard:
    """Return the card of one application, by building it at its own size."""
    module, asked = build_recorded(app)
    (address, stated), *others = asked
    if others:
        raise PluginError(f"keras:{app.name} asked for {len(asked)} files of weights instead of one")
    return ModelCard(
        id=f"keras:{app.name}",
        framework="tensorflow",
        task="image-classification",
        architecture=app.name,
        family=app.module,
        parameters=parameters(module),
        input=image_input(app),
        features=Features(kind="vector", width=module.output_shape[-1]),
        license=published_facts.LICENSES.get(app.module),
        weights=WeightsRef(url=address, file=address.rpartition("/")[2], digest=_digest(app, stated)),
        published=_published(app),
    )


def parameters(module: Any) -> int:
    """Return number of trained parameters; the statistics of normalisation are no parameters."""
    return sum(math.prod(variable.shape) for variable in module.trainable_variables)


def _digest(app: Application, stated: str | None) -> str:
    if stated is None:
        return published_facts.DIGESTS[app.name]
    return f"{'md5' if len(stated) == 32 else 'sha256'}:{stated}"


def _published(app: Application) -> tuple[Published, ...]:
    found = []
    if app.name in published_facts.TABLE:
        *shares, megabytes = published_facts.TABLE[app.name]
        for metric, value in zip(("top-1 accuracy", "top-5 accuracy"), shares, strict=True):
            found.append(_figure(metric, value, published_facts.DOCUMENTATION))
        found.append(
            Published(metric="size with head", value=megabytes, source=published_facts.DOCUMENTATION)
        )
    if app.name in published_facts.TOP_1_IN_DOCSTRINGS:
        value = published_facts.TOP_1_IN_DOCSTRINGS[app.name]
        found.append(_figure("top-1 accuracy", value, published_facts.DOCSTRING))
    return tuple(found)


def _figure(metric: str, value: float, source: str) -> Published:
    return Published(metric=metric, value=value, dataset="ImageNet-1k validation", source=source)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m zoo_keras.catalogue", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("registry.json"))
    options = parser.parse_args()
    listed = list(cards())
    registry.write_cards(options.out, "keras", listed)
    print(f"{len(listed)} cards written to {options.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
