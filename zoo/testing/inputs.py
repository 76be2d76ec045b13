"""From the input into the chain: preprocessing and cuts."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from zoo.core.cards import ImageInput
from zoo.testing.prints import same_bits
from zoo.testing.result import NotApplicable, demand, listed
from zoo.testing.subject import Subject

_TOLERANCE = 1e-5
_COMPILED = 1e-4
"""Of the largest feature: a compiler may take sums in another order."""


def check_preprocessing_is_the_librarys_own(subject: Subject) -> None:
    """An input, read by zoo and prepared by the backbone, is what the library's own code makes of it.

    Of images, a large landscape and a small portrait in files, both of odd size; of texts and sounds, the
    shortest and the longest, each by itself. Largest difference: 1e-5 of the range.
    """
    form = subject.model.adapter.backbone.input
    if isinstance(form, ImageInput):
        _compare_images(subject, form)
    else:
        _compare_others(subject)


def _compare_images(subject: Subject, form: ImageInput) -> None:
    from zoo.datasets.inputs.images import as_inputs

    adapter = subject.model.adapter
    size = None if subject.input_size is None else (subject.input_size, subject.input_size)
    random = np.random.default_rng(0)
    for width, height in (
        (form.width * 2 + 37, form.height + 51),
        (form.width // 2 + 5, form.height * 3 // 4 + 8),
    ):
        # Smooth at the scale of a few pixels, as images are, with every channel different.
        coarse = random.integers(0, 256, (height // 6 + 2, width // 6 + 2, 3), dtype=np.uint8)
        image = Image.fromarray(coarse, "RGB").resize((width, height), Image.Resampling.BICUBIC)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "probe.png"
            image.save(file)
            pixels = as_inputs([file]).read(0, form)
        ours = adapter.prepared(pixels[None])[0]
        theirs = np.asarray(subject.loader.reference(subject.card, image, input_size=size))
        demand(
            ours.shape == theirs.shape,
            f"prepared {width}x{height} image has shape {ours.shape}, the library's own {theirs.shape}",
        )
        span = float(theirs.max() - theirs.min()) or 1.0
        worst = float(np.abs(ours.astype(np.float64) - theirs).max()) / span
        demand(
            worst <= _TOLERANCE,
            f"a {width}x{height} image differs from the library's own by {worst:.2g} of the range",
            "compare size, crop, interpolation and mode of ImageInput, then mean, std and scale in prepare",
        )


def _compare_others(subject: Subject) -> None:
    for example in sorted(subject.examples.inputs, key=len)[:: len(subject.examples.inputs) - 1]:
        theirs = subject.loader.reference(subject.card, example)
        if theirs is None:
            raise NotApplicable("the source states no preprocessing outside the model")
        one = np.empty(1, dtype=object)
        one[0] = example
        ours, theirs = _by_name(subject.model.adapter.prepared(one)), _by_name(theirs)
        demand(
            ours.keys() == theirs.keys(),
            f"an input is prepared as {sorted(ours)}, by the library itself as {sorted(theirs)}",
        )
        for name, wanted in theirs.items():
            found = ours[name][0]
            same = found.shape == wanted.shape and (
                np.allclose(found, wanted, rtol=0, atol=_TOLERANCE * (float(np.ptp(wanted)) or 1.0))
                if wanted.dtype.kind == "f"
                else np.array_equal(found, wanted)
            )
            demand(
                same,
                f"{_called(example)} is prepared otherwise than by the library itself"
                + (f" in {name!r}" if name else ""),
                "compare tokenizer, lower case and special tokens, scale of sounds, and the longest length",
            )


def _called(example: Any) -> str:
    if isinstance(example, str):
        return f"a text of {len(example.split())} words"
    return f"a sound of {len(example):,} samples"


def _by_name(prepared: Any) -> dict[str, Any]:
    named = prepared if isinstance(prepared, Mapping) else {"": prepared}
    return {name: np.asarray(value) for name, value in named.items()}


def check_cuts_of_the_chain_are_exact(subject: Subject) -> None:
    """Computed in two parts at any cut that the backbone claims, the features are the same bit for bit.

    The module computed in the same way is the measure. From it the features that ``embed`` gives, which may
    be compiled, differ by at most 1e-4 of the largest.
    """
    adapter = subject.model.adapter
    backbone = adapter.backbone
    if backbone.run is None:
        demand(
            not backbone.cuts, f"cuts {sorted(backbone.cuts)} are claimed, but there is no run to make them"
        )
        raise NotApplicable("the source cannot run parts of the chain (backbone.run is None)")
    outside = sorted(k for k in backbone.cuts if not 0 < k < subject.stages)
    demand(not outside, f"cuts {outside} lie outside the chain of {subject.stages} stages")
    inputs = subject.examples.inputs[:2]
    whole = adapter.run(inputs, None).astype(np.float32)
    embedded = adapter.embed(inputs)
    off = float("inf")
    if embedded.shape == whole.shape:
        off = float(np.abs(embedded - whole).max()) / (float(np.abs(whole).max()) or 1.0)
    demand(
        off <= _COMPILED,
        f"run(inputs, None) gives other features than embed, by {off:.2g} of the largest",
        "compute the module itself there, in evaluation mode, in the way in which the parts are computed",
    )
    wrong = []
    for cut in (0, *sorted(backbone.cuts)):
        parts = adapter.run(inputs, cut).astype(np.float32)
        if not same_bits(parts, whole):
            worst = float(np.abs(parts - whole).max()) if parts.shape == whole.shape else float("nan")
            wrong.append(f"{cut} (by {worst:.2g})")
    demand(
        not wrong,
        f"the chain gives other features than the module, cut at {listed(wrong)}; 0 means in one part",
        "claim only boundaries where run(run(x, 0, k), k) equals module(x)",
    )
