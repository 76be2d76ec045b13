"""A folder of images or audio clips without labels."""

from __future__ import annotations

import os
from dataclasses import dataclass

from zoo.datasets.decoding.media_types import all_suffixes
from zoo.datasets.folders.listing import Tree, left_out, undecodable
from zoo.datasets.inputs.audio import files_of
from zoo.datasets.inputs.base import ImageFiles
from zoo.errors import DataError


@dataclass(frozen=True)
class Unlabelled:
    """The files of a folder, in the order of their paths.

    Args:
        inputs: images or audio clips, at any depth.
        notes: what was left out, a sentence each.
        warnings: what was left out though it is an image or an audio clip.
    """

    inputs: ImageFiles
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read_unlabelled(folder: str | os.PathLike[str], *, follow_links: bool = False) -> Unlabelled:
    """List the images or audio clips of a folder, at any depth; names of sub-folders mean nothing.

    Hidden and system files, files of other kinds and, unless ``follow_links``, symbolic links are left out.

    Raises:
        DataError: the folder cannot be read, holds no images or audio clips, or holds both.
    """
    tree = Tree(folder, follow_links)
    found = tree.find()
    notes = tuple(left_out(found.others, found.links))
    warnings = tuple(undecodable((key, "") for key in found.others))
    if not found.keys:
        raise DataError(
            "the folder holds no images and no audio clips",
            path=folder,
            why="; ".join([*warnings, *notes]),
            hint=f"add files of these kinds: {', '.join(all_suffixes())}",
        )
    paths = [tree.path(key) for key in sorted(found.keys)]
    return Unlabelled(files_of(paths, paths.__getitem__), notes, warnings)
