"""Names under which people keep their splits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

Split = Literal["train", "val", "test"]

SPLITS: tuple[Split, ...] = ("train", "val", "test")
_WORDS: dict[str, Split] = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "dev", "eval", "evaluation"), "val"),
    **dict.fromkeys(("test", "testing", "tst", "holdout"), "test"),
}
_WITHOUT_LABELS = {"pred", "predict", "prediction", "predictions", "inference", "unlabelled", "unlabeled"}
_PARTS = {
    "images",
    "image",
    "img",
    "imgs",
    "jpegimages",
    "photos",
    "frames",
    "audio",
    "wav",
    "data",
}
_PARTS |= {"fold", "folds", "batch", "part", "shard", "chunk", "folder", "split", "set", "dataset"}
_PARTS |= {"masks", "mask", "labels", "annotations", "gt", "ground", "truth", "bboxes", "segmentation"}
_FILLERS = {"set", "sets", "data", "dataset", "split", "of", "part", "shard", "folder", "files"}
_FILLERS |= {"image", "images", "img", "imgs", "photos", "audio", "wav", "texts"}
# trainImages, val2017, test-00000: a capital begins a word; digits and signs divide words.
_BETWEEN = re.compile(r"[\W\d_]+|(?<=[a-z])(?=[A-Z])")
_JOINED = re.compile(rf"({'|'.join(_WORDS)})(set|data|images)?")


def split_of(name: str) -> Split | None:
    """Return the split that a name means: ``train``, ``Training_Set``, ``dev``, ``val2017``,
    ``test-00-of-02``.

    Only a name that says nothing else: ``train_station`` is none.
    """
    return _read(name)[0] if not _read(name)[1] else None


def splits_of(names: Iterable[str]) -> dict[str, Split]:
    """Return the names that mean a split, taken together.

    Names that say something else too count where at least two differ in nothing but the split:
    ``seg_train`` and ``seg_test``, ``train_x`` and ``test_x``.
    """
    read = {name: _read(name) for name in names}
    kinds: dict[tuple[str, ...], set[Split]] = {}
    for split, rest in read.values():
        if split is not None:
            kinds.setdefault(rest, set()).add(split)
    return {
        name: split
        for name, (split, rest) in read.items()
        if split is not None and (not rest or len(kinds[rest]) > 1)
    }


def without_labels(name: str, splits: Sequence[str]) -> bool:
    """Return whether a name next to splits says that its files have no labels: ``seg_pred``,
    ``unlabeled``."""
    words = _words(name)
    rest = tuple(word for word in words if word not in _WITHOUT_LABELS)
    return len(rest) < len(words) and (not rest or any(_read(split)[1] == rest for split in splits))


def are_parts(names: Sequence[str]) -> bool:
    """Return whether all names are of parts of a data set, not of classes: ``images``, ``masks``,
    ``fold_1``."""
    words = [[word.lower() for word in _BETWEEN.split(name) if word] for name in names]
    return all(found and _PARTS.issuperset(found) for found in words)


def _read(name: str) -> tuple[Split | None, tuple[str, ...]]:
    """Return the split of the only such word in a name, and its other words."""
    words = _words(name)
    found = [word for word in words if _JOINED.fullmatch(word)]
    if len(found) != 1:
        return None, tuple(words)
    match = _JOINED.fullmatch(found[0])
    assert match is not None
    return _WORDS[match[1]], tuple(word for word in words if word != found[0])


def _words(name: str) -> list[str]:
    words = [word.lower() for word in _BETWEEN.split(name) if word]
    return [word for word in words if word not in _FILLERS]
