"""The index of the local registry: a cache of what its folders hold.

The same folders give the same bytes. It can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from zoo.errors import IntegrityError, ResourceError, ZooError
from zoo.runs.local_names import LocalName, is_local, parse_local, parse_version, registry_dir, require_inside
from zoo.runs.manifest import Manifest
from zoo.runs.marker import NAME as MANIFEST
from zoo.runs.marker import is_run
from zoo.runs.reader import read
from zoo.utils.atomic import TEMPORARY, atomic_text, disk_error
from zoo.utils.locks import file_lock
from zoo.utils.strict_json import parse_json

Row = dict[str, Any]

INDEX = "index.json"
_SCHEMA = 1
_WAIT = 600.0
WORKING = ".new-"
"""Prefix of a folder that is being written; no model has such a name."""


def local_rows() -> list[Row]:
    """Return the models of the local registry as rows of the registry, sorted by id.

    A model that is not as it was registered is named on stderr and its row says so in ``summary``.

    Raises:
        IntegrityError: the index was made by a newer zoo.
    """
    found = []
    for entry in entries():
        row = dict(entry["row"])
        fault = fault_of(entry)
        if fault is not None:
            print(f"zoo: {fault.message}", file=sys.stderr)
            row["summary"] = f"NOT IN ORDER: {fault.what}"
        found.append(row)
    return found


def entries() -> list[Row]:
    """Return the entries of the index, rebuilt if it is missing, damaged or older than the folders.

    Raises:
        IntegrityError: it was made by a newer zoo; it is left alone.
    """
    listed = _read(registry_dir() / INDEX)
    if listed is not None and _folders() <= {entry["id"] for entry in listed}:
        return listed
    if not registry_dir().is_dir():
        return []
    try:
        return rebuild()
    except ResourceError:
        # A registry that cannot be written can be read.
        return _found()


def rebuild() -> list[Row]:
    """Rebuild the index from the folders, including what another process registers meanwhile.

    Raises:
        ResourceError: the local registry cannot be written.
    """
    with locked():
        return write_index()


def write_index() -> list[Row]:
    """Rebuild the index while holding the lock."""
    listed = _found()
    text = index_text(listed)
    path = registry_dir() / INDEX
    if not path.is_file() or path.read_bytes() != text.encode():
        _keep_damaged(path)
        atomic_text(path, text)
    return listed


def index_text(listed: list[Row]) -> str:
    """Return the bytes of an index, which depend on its entries alone."""
    lines = (json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for one in listed)
    body = ",\n".join(lines)
    return f'{{"schema": {_SCHEMA}, "models": [\n{body}\n]}}\n'


def fault_of(entry: Row) -> IntegrityError | None:
    """Return what is wrong with a model by its folder and manifest; weights are checked when it is opened."""
    try:
        local = LocalName(entry["name"], entry["version"])
        require_inside(local)
        _require_same(local, entry["manifest"])
    except IntegrityError as error:
        return error
    return None


def verified(local: LocalName) -> Path:
    """Return the folder of a model, checked to be as it was registered.

    Raises:
        IntegrityError: it is not.
    """
    folder = require_inside(local)
    entry = next((one for one in entries() if one["id"] == str(local)), None)
    if entry is None:
        raise IntegrityError(
            f"the folder of {local} holds no complete run", path=folder, hint="register the run again"
        )
    _require_same(local, entry["manifest"])
    return folder


def folder_of(text: str | os.PathLike[str]) -> Path:
    """Return the folder of ``local:NAME[@VERSION]``; any other text is a path.

    Raises:
        UnknownModel: no model of that name is registered.
        IntegrityError: it is not as it was registered.
    """
    return verified(parse_local(str(text))) if is_local(text) else Path(text)


@contextmanager
def locked() -> Iterator[None]:
    """Lock the local registry: one process at a time changes it.

    Raises:
        ResourceError: it cannot be written, or another process does not finish.
    """
    from filelock import Timeout

    folder = registry_dir()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with file_lock(folder / ".lock", "the local registry", patience=_WAIT):
            for name in os.listdir(folder):  # removes what a killed process left
                if name.startswith(WORKING):
                    shutil.rmtree(folder / name, ignore_errors=True)
                elif fnmatchcase(name, TEMPORARY):
                    (folder / name).unlink(missing_ok=True)
            yield
    except Timeout:
        raise ResourceError(
            "another process has been changing the local registry for ten minutes",
            path=folder,
            hint="wait for it, or end it and try again",
        ) from None
    except OSError as error:
        if isinstance(error, ZooError):
            raise
        raise disk_error(error, folder / INDEX) from error


def _require_same(local: LocalName, sha256: str) -> None:
    path = local.folder / MANIFEST
    found = hashlib.sha256(read(local.folder, MANIFEST)).hexdigest()
    if found != sha256:
        raise IntegrityError(
            f"{local} is not as it was registered",
            path=path,
            why=f"sha256 of its manifest expected {sha256[:12]}..., got {found[:12]}...",
            hint="restore it, register the run again, or zoo register --rebuild to accept it as it is",
        )


def _read(path: Path) -> list[Row] | None:
    """Return the entries of an index; None: missing, damaged, or made by an older zoo."""
    try:
        tree = parse_json(path.read_bytes(), max_bytes=2**28, max_keys=10**7)
    except (OSError, ValueError, RecursionError):
        return None
    schema = tree.get("schema") if isinstance(tree, dict) else None
    if isinstance(schema, int) and schema > _SCHEMA:
        raise IntegrityError(
            "the local registry was written by a newer zoo",
            path=path,
            why=f"schema {schema}",
            hint="upgrade zoo-adapters",
        )
    listed = tree.get("models") if schema == _SCHEMA else None
    if not isinstance(listed, list) or not all(_is_entry(one) for one in listed):
        return None
    ids = [one["id"] for one in listed]
    return listed if len(set(ids)) == len(ids) else None


def _is_entry(one: Any) -> bool:
    if not isinstance(one, dict) or set(one) != {"id", "name", "version", "manifest", "row"}:
        return False
    version = one["version"]
    if not isinstance(one["name"], str) or type(version) is not int or parse_version(str(version)) is None:
        return False
    # The folder follows from the name, so a name must never lead out of the registry.
    from zoo.runs.local_names import check_name

    try:
        check_name(one["name"])
    except ZooError:
        return False
    same = one["id"] == str(LocalName(one["name"], version))
    return same and isinstance(one["row"], dict) and one["row"].get("id") == one["id"]


def _folders() -> set[str]:
    """Return the ids of the folders that hold a manifest."""
    return {str(local) for local in _all() if is_run(local.folder)}


def _all() -> Iterator[LocalName]:
    from zoo.runs.local_names import names_there, versions_of

    for name in names_there():
        for version in versions_of(name):
            yield LocalName(name, version)


def _found() -> list[Row]:
    """Return the entries of the folders; a folder that is no complete run is named on stderr."""
    from zoo.runs.manifest import read_manifest

    listed = []
    for local in _all():
        try:
            folder = require_inside(local)
            if not is_run(folder):
                continue
            manifest = read_manifest(folder)
        except ZooError as error:
            print(f"zoo: {local} left out: {error.message}", file=sys.stderr)
            continue
        digest = hashlib.sha256(read(folder, MANIFEST)).hexdigest()
        listed.append(
            {
                "id": str(local),
                "name": local.name,
                "version": local.version,
                "manifest": digest,
                "row": row_of(str(local), manifest),
            }
        )
    return sorted(listed, key=lambda entry: (entry["name"], entry["version"]))


def _keep_damaged(path: Path) -> None:
    """Copy an index that cannot be read; one that is merely old needs no copy."""
    if not path.is_file() or _read(path) is not None:
        return
    data = path.read_bytes()
    if data:
        kept = path.with_name(f"{INDEX}.bad-{hashlib.sha256(data).hexdigest()[:8]}")
        kept.write_bytes(data)
        print(f"zoo: the index was damaged and is rebuilt; the old one is {str(kept)!r}", file=sys.stderr)


def row_of(model_id: str, manifest: Manifest) -> dict[str, Any]:
    """Return the row of a run by its manifest alone, so that the same folder gives the same row."""
    card = manifest.card.model_copy(
        update={
            "id": model_id,
            "task": str(manifest.task.get("kind", "")),
            "modality": manifest.card.modality,
            "input": manifest.input,
            "features": manifest.features,
            "weights": None,
            "published": (),
            "sources": {},
            "summary": _summary(manifest),
        }
    )
    return card.model_dump(mode="json", exclude_defaults=True)


def _summary(manifest: Manifest) -> str:
    parent = manifest.parent.model if manifest.parent else manifest.card.id
    said = [f"from {parent}"]
    if manifest.data:
        said.append(f"on {manifest.data.name}")
    for split in ("test", "val"):
        figures = manifest.metrics.get(split, {})
        name = next((name for name in figures if name != "loss"), None)
        if name is not None:
            said.append(f"{split} {name} {figures[name]:.4g}")
            break
    return ", ".join(said)
