"""How to load a run, in Python and in a shell."""

from __future__ import annotations

import shlex
from pathlib import Path

from zoo.records import modality_of
from zoo.runs.manifest import Manifest

_EXAMPLES = {"image": "picture.jpg", "text": "some text", "audio": "recording.wav"}


def python(manifest: Manifest, folder: str) -> str:
    """Python that opens the run and asks it."""
    example = _EXAMPLES[modality_of(manifest.input)]
    answer = "answer.scores" if manifest.task.get("kind") == "regression" else "answer.label"
    return (
        f'import zoo\n\nmodel = zoo.load({folder!r})\n[answer] = model.predict("{example}")\nprint({answer})'
    )


def shell(manifest: Manifest, folder: str) -> str:
    """The same in a shell."""
    example = shlex.quote(_EXAMPLES[modality_of(manifest.input)])
    run = shlex.quote(folder)
    name = manifest.data.name if manifest.data else ""
    # Arrays and lists have no name that a shell could open.
    data = shlex.quote(name) if ":" in name or "/" in name or Path(name).exists() else "DATA"
    lines = [f"zoo predict {run} {example}", f"zoo evaluate {run} {data}"]
    return "\n".join([*lines, f"zoo finetune {run} other-data/   # goes on from it"])
