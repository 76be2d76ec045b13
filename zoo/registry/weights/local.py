"""Weights on this disk: a file, or a folder with one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NoReturn

from zoo.core.protocols.backbone import LocalWeights
from zoo.errors import ConfigError, IntegrityError
from zoo.utils.hashing import file_digest
from zoo.utils.safetensors_header import read_safetensors_header, weights_read_error

USUAL = "model.safetensors"
"""The default file in a folder."""

_SUFFIX = ".safetensors"
_INDEX = ".safetensors.index.json"
_LARGEST_INDEX = 16 * 2**20
_PICKLED = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".npz")


def local_weights(path: str | os.PathLike[str]) -> LocalWeights:
    """Validate a file of weights and compute its digest.

    A file may have any name: its content decides what it is. In a folder ``model.safetensors`` is taken,
    or the only ``.safetensors`` file.

    Raises:
        ConfigError: no such path, or a folder with no or several candidates.
        IntegrityError: the file is not a valid safetensors file.
        ResourceError: it cannot be read.
    """
    given = Path(path)
    try:
        file = _choose(given) if given.is_dir() else given
    except OSError as error:
        raise weights_read_error(error, given) from error
    read_safetensors_header(file)
    return LocalWeights(path=file, sha256=file_digest(file), origin=str(given))


def _choose(folder: Path) -> Path:
    names = sorted(one.name for one in folder.iterdir())
    if USUAL in names:
        return folder / USUAL
    index = next((name for name in names if name.endswith(_INDEX)), None)
    if index is not None:
        return folder / _only_shard(folder / index)
    found = [name for name in names if name.endswith(_SUFFIX)]
    if len(found) == 1:
        return folder / found[0]
    if found:
        raise ConfigError(
            "the folder holds several files of weights",
            why=", ".join(found[:5]) + (", ..." if len(found) > 5 else ""),
            hint=f"give the path of one of them, for example {str(folder / found[0])!r}",
            path=folder,
        )
    pickled = [name for name in names if name.endswith(_PICKLED)]
    why = "no .safetensors file is in it"
    if pickled:
        why += f", only {', '.join(pickled[:3])}, which zoo does not read: unpickling can run any program"
    raise ConfigError("the folder holds no weights", why=why, hint="give a .safetensors file", path=folder)


def _only_shard(index: Path) -> str:
    """Return the one file that an index of shards names; names with a folder part are refused."""
    if not index.is_file() or index.stat().st_size > _LARGEST_INDEX:
        _refuse(index, f"it is not a regular file of at most {_LARGEST_INDEX:,} bytes")
    try:
        found: Any = json.loads(index.read_bytes())
    except (ValueError, RecursionError):
        _refuse(index, "it is not JSON")
    table = found.get("weight_map") if isinstance(found, dict) else None
    if not isinstance(table, dict) or not table or not all(isinstance(one, str) for one in table.values()):
        _refuse(index, "it has no weight_map of tensor names to file names")
    shards: list[str] = sorted(set(table.values()))
    for shard in shards:
        if not shard.endswith(_SUFFIX) or set(shard) & set("/\\:\0") or shard.startswith("."):
            _refuse(index, f"{shard[:80]!a} is not the plain name of a .safetensors file in the same folder")
    if len(shards) > 1:
        raise ConfigError(
            f"the weights are split into {len(shards)} files",
            why="zoo reads weights from a single file so far",
            hint=f"join them into {str(index.parent / USUAL)!r}",
            path=index.parent,
        )
    return shards[0]


def _refuse(index: Path, why: str) -> NoReturn:
    raise IntegrityError("cannot use the index of shards", why=why, hint="download it again", path=index)


def check_unchanged(weights: LocalWeights) -> None:
    """Refuse weights of which a file was exchanged or written between its digest and its reading.

    Call it after the files were read. Where their times have not changed nothing is read again.

    Raises:
        IntegrityError: names the file.
    """
    contents = weights.contents
    if not contents and not weights.path.is_dir():
        contents = {weights.path: weights.sha256}
    for path, sha256 in contents.items():
        if (got := file_digest(path)) != sha256:
            raise IntegrityError(
                "the weights were changed while they were opened",
                path=path,
                why=f"sha256 was {sha256[:12]}..., is {got[:12]}...",
                hint="run the same command again once nothing writes to the file",
            )
