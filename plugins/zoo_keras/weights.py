"""Published weights into an application: every tensor accounted for bit by bit, or refused."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import h5py
import numpy as np
from safetensors import SafetensorError, safe_open

from zoo.errors import IntegrityError
from zoo.plugin import LoadReport, LocalWeights
from zoo_keras.hdf5 import Form, begins_as_hdf5, check
from zoo_keras.tensors import named_variables
from zoo_keras.weight_mismatch import arrays, diagnosis, other_graph

_HINT = "give the no-top weights of this very application (zoo show ID names the published file)"
_Prints = dict[tuple[tuple[int, ...], bytes], list[str]]


def load(model_id: str, module: Any, weights: LocalWeights) -> LoadReport:
    """Fill every tensor of the module from the file.

    Raises:
        IntegrityError: the file does not hold exactly the weights of this module, or a number that is not
            finite.
    """
    path = weights.path
    if begins_as_hdf5(path):
        form = check(path)
        _load_hdf5(model_id, module, path, form)
        _require_equal(model_id, module, path)
        if not form.legacy and (why := other_graph(module, path)):
            _refuse(model_id, path, why)
    else:
        _load_safetensors(model_id, module, path)
    _require_finite(model_id, module, path)
    total = len(named_variables(module))
    return LoadReport("pretrained", total, total)


def _load_hdf5(model_id: str, module: Any, path: Path, form: Form) -> None:
    try:
        with _as_keras_names_it(path, form) as file, warnings.catch_warnings():
            # Keras only warns of what it leaves out; every tensor is compared with the file afterwards.
            warnings.simplefilter("ignore")
            module.load_weights(file)
    except (ValueError, KeyError, OSError, TypeError, AttributeError) as error:
        # Keras refuses what does not fit in its own ways; whatever it filled is thrown away with the module.
        first = str(error).strip().partition("\n")[0].partition(" Example error")[0][:200]
        why, hint = diagnosis(module, path)
        _refuse(model_id, path, why or first, hint)


@contextmanager
def _as_keras_names_it(path: Path, form: Form) -> Iterator[Path]:
    """The file under a name that makes Keras read it by its form: Keras goes by the suffix."""
    with tempfile.TemporaryDirectory() as folder:
        name = Path(folder) / ("weights.h5" if form.legacy else "model.weights.h5")
        try:
            name.symlink_to(os.path.abspath(path))
        except OSError:
            # Windows lets only some users make links.
            shutil.copyfile(path, name)
        yield name


def _require_equal(model_id: str, module: Any, path: Path) -> None:
    """The tensors of the module and of the file are the same, each used once."""
    ours: _Prints = defaultdict(list)
    for name, variable in named_variables(module).items():
        ours[_print(np.asarray(variable))].append(name)
    strange: list[str] = []
    with h5py.File(path, "r") as file:
        for name, item in arrays(file):
            array = item[()]
            matching = ours.get(_print(array))
            if matching:
                matching.pop()
            else:
                strange.append(f"{name} {array.shape}")
    unfilled = [name for names in ours.values() for name in names]
    if strange or unfilled:
        why, hint = diagnosis(module, path)
        listed = "; ".join(
            f"{len(names)} {kind} ({', '.join(names[:5])}{', ...' if len(names) > 5 else ''})"
            for kind, names in (("missing", unfilled), ("unexpected", strange))
            if names
        )
        _refuse(model_id, path, f"{why}: {listed}" if why else listed, hint)


def _require_finite(model_id: str, module: Any, path: Path) -> None:
    for name, variable in named_variables(module).items():
        if not np.isfinite(np.asarray(variable)).all():
            _refuse(
                model_id,
                path,
                f"{name} holds NaN or infinity",
                "get the file again; its training had diverged",
            )


def _print(array: Any) -> tuple[tuple[int, ...], bytes]:
    """Shape and digest, the same for the same numbers in a narrower type."""
    exact = np.ascontiguousarray(array, np.float32 if array.dtype.kind == "f" else np.int64)
    if array.dtype.kind == "f" and array.dtype.itemsize > exact.itemsize:
        # float64 that float32 cannot hold must not pass for the rounded number.
        exact = exact if np.array_equal(exact, array) else np.ascontiguousarray(array)
    return array.shape, hashlib.sha256(exact.tobytes()).digest()


def _load_safetensors(model_id: str, module: Any, path: Path) -> None:
    variables = named_variables(module)
    try:
        with safe_open(path, framework="numpy") as file:
            names = set(file.keys())
            faults = {
                "missing": sorted(variables.keys() - names),
                "unexpected": sorted(names - variables.keys()),
                "of another shape or type": [
                    name
                    for name in sorted(variables.keys() & names)
                    if not _fits(variables[name], file.get_tensor(name))
                ],
            }
            if any(faults.values()):
                _refuse(
                    model_id,
                    path,
                    "; ".join(
                        f"{len(wrong)} {kind} ({', '.join(wrong[:5])}{', ...' if len(wrong) > 5 else ''})"
                        for kind, wrong in faults.items()
                        if wrong
                    ),
                )
            for name, variable in variables.items():
                variable.assign(file.get_tensor(name))
    except (SafetensorError, OSError, TypeError) as error:
        _refuse(model_id, path, str(error)[:200])


def _fits(variable: Any, array: Any) -> bool:
    return bool(tuple(variable.shape) == array.shape and np.dtype(variable.dtype) == array.dtype)


def _refuse(model_id: str, path: Path, why: str, hint: str = "") -> NoReturn:
    raise IntegrityError(
        f"the file does not hold the weights of {model_id}", path=path, why=why, hint=hint or _HINT
    )
