"""How to load a run, in Python and in a shell."""

from __future__ import annotations

import shlex
from pathlib import Path

from zoo.core.cards import DataForm, modality_of
from zoo.runs.manifest import Manifest
from zoo.utils.paths import on_network

_PYTHON = {
    "image": '"image.jpg"',
    "text": '"some text"',
    "text pair": '("first text", "second text")',
    "words": '"some text"',
    "audio": '"clip.wav"',
}
_SHELL = {"image": "image.jpg", "text": "'some text'", "words": "'some text'", "audio": "clip.wav"}


def python(manifest: Manifest, folder: str, answer: str) -> str:
    """Return Python that loads the run and predicts; ``answer`` is the field of a prediction to print."""
    example = _PYTHON[_form(manifest)]
    lines = [
        f"model = zoo.load({folder!r})",
        f"[answer] = model.predict({example})",
        f"print(answer.{answer})",
    ]
    return "\n".join(["import zoo", "", *lines])


def shell(manifest: Manifest, folder: str) -> str:
    """Return the same in a shell."""
    run, form = shlex.quote(folder), _form(manifest)
    predict = f"zoo predict {run} {_SHELL[form]}" if form in _SHELL else pair_command(run, "first", "second")
    name = manifest.data.name if manifest.data else ""
    # Arrays and lists have no name that a shell could open.
    # Whether a share is there cannot be looked up: that would contact another machine.
    named = ":" in name or "/" in name or on_network(name) or Path(name).exists()
    data = shlex.quote(name) if named else "DATA"
    lines = [predict, f"zoo evaluate {run} {data}"]
    return "\n".join([*lines, f"zoo finetune {run} other-data/   # goes on from it"])


def pair_command(run: str, first: str, second: str) -> str:
    """Predict one pair of texts in a shell: a tab stands between the two, which few can type.

    Args:
        run: quoted for a shell.
        first: a text.
        second: the other.
    """
    return f"printf '%s\\t%s\\n' {shlex.quote(first)} {shlex.quote(second)} | zoo predict {run} -"


def _form(manifest: Manifest) -> DataForm:
    return manifest.data.form if manifest.data else modality_of(manifest.input)
