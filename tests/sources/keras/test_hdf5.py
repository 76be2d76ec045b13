"""A file of weights is looked at before TensorFlow is imported, and holds numbers or is refused."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

import h5py
import numpy as np
import pytest
from zoo_keras.file_checks import vet
from zoo_keras.hdf5 import check

from zoo.errors import ConfigError, IntegrityError

pytestmark = pytest.mark.tensorflow

NUMBERS = np.arange(6, dtype=np.float32)


def write(path, change=None):
    with h5py.File(path, "w", libver="latest") as file:
        file["layers/dense/vars/0"] = NUMBERS
        if change:
            change(file)
    return path


def external_link(file):
    with h5py.File(file.filename + ".other", "w") as other:
        other["x"] = NUMBERS
    file["layers/other"] = h5py.ExternalLink(file.filename + ".other", "/x")


def soft_link(file):
    file["layers/other"] = h5py.SoftLink("/layers/dense")


def loop(file):
    file["layers/dense/again"] = file["layers"]


def external_storage(file):
    file.create_dataset("layers/other", (4,), "f4", external=[("/etc/hostname", 0, 16)])


def virtual(file):
    layout = h5py.VirtualLayout(shape=(6,), dtype="f4")
    layout[:] = h5py.VirtualSource("elsewhere.h5", "x", shape=(6,))
    file.create_virtual_dataset("layers/other", layout)


def text(file):
    file.create_dataset("layers/other", data=["a program"], dtype=h5py.string_dtype())


def reference(file):
    file.create_dataset("layers/other", data=[file.ref], dtype=h5py.ref_dtype)


def bomb(file):
    file.create_dataset("layers/other", (2**40,), "f4", chunks=(1024,), compression="gzip")


def named_type(file):
    file["layers/other"] = np.dtype("f4")


def deep(file):
    file["layers/" + "/".join("d" * 40)] = NUMBERS


def many_attributes(file):
    for number in range(100):
        file["layers"].attrs[f"a{number}"] = number


def references(file):
    file["layers/dense/vars/0"].attrs.create("a", [file.ref] * 4, dtype=h5py.ref_dtype)


def large_attribute(file):
    # Beyond 64 KiB an attribute lies outside of the header, in the format of HDF5 1.8.
    file.attrs["a"] = np.zeros(2**17 + 1)


def compound(file):
    file["layers"].attrs["a"] = np.zeros(1, dtype=[("x", "f4"), ("y", "i4")])


def long_name(file):
    file["layers/" + "n" * 2000] = NUMBERS


def plugin_filter(file):
    # An optional filter of no registered library: HDF5 writes without it, and looks for it when it reads.
    packing = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    packing.set_chunk((6,))
    packing.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
    space = h5py.h5s.create_simple((6,))
    kind = h5py.h5t.IEEE_F32LE
    h5py.h5d.create(file["layers"].id, b"other", kind, space, packing)


HOSTILE = {
    many_attributes: "100 attributes",
    references: "neither numbers nor texts",
    compound: "neither numbers nor texts",
    large_attribute: "bytes, or a name too long",
    long_name: "a name of 2,000 characters",
    plugin_filter: "packed by filter 32015",
    external_link: "is a link",
    soft_link: "is a link",
    loop: "two names",
    external_storage: "in another file",
    virtual: "in another file",
    text: "not numbers",
    reference: "not numbers",
    bomb: "more bytes than the file has",
    named_type: "neither a group nor an array",
    deep: "groups deep",
}


@pytest.mark.parametrize(("change", "why"), HOSTILE.items())
def test_anything_but_groups_and_numbers_is_refused(change, why, tmp_path):
    with pytest.raises(IntegrityError, match=why):
        vet(str(write(tmp_path / "w.h5", change)), offline=None)


def ordinary(file):
    file.attrs["layer_names"] = ["conv"]
    file["layers"].attrs["weight_names"] = np.array([b"kernel", b"bias"])
    file["layers"].attrs.create("none", [], dtype=h5py.string_dtype())
    file.create_dataset("layers/packed", data=NUMBERS, compression="gzip", shuffle=True, fletcher32=True)


def test_plain_numbers_pass(tmp_path):
    file = write(tmp_path / "w.h5", ordinary)
    found = vet(str(file), offline=None)
    assert (found.path, found.origin) == (file, str(file))
    assert len(found.sha256) == 64


def test_whole_models_are_refused_with_the_reason(tmp_path):
    whole = write(tmp_path / "model.h5", lambda file: file.attrs.update(model_config="{}"))
    archive = tmp_path / "model.keras"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("config.json", "{}")
    for path in (whole, archive):
        with pytest.raises(IntegrityError, match="whole") as caught:
            vet(str(path), offline=None)
        assert "run any program" in caught.value.why
        assert "save_weights" in caught.value.hint


def test_a_named_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.h5")
    with pytest.raises(IntegrityError, match="not a regular file"):
        vet(str(tmp_path / "pipe.h5"), offline=None)


@pytest.mark.parametrize("keep", [9, 600, 1000])
def test_a_file_cut_short_is_refused(keep, tmp_path):
    file = write(tmp_path / "w.h5")
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(IntegrityError):
        vet(str(file), offline=None)


def test_other_hdf5_files_and_other_formats_are_refused_by_name(tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"] = NUMBERS
    with pytest.raises(IntegrityError, match="not one of Keras"):
        vet(str(tmp_path / "data.h5"), offline=None)
    (tmp_path / "page.h5").write_bytes(b"<!DOCTYPE html><html>")
    with pytest.raises(IntegrityError, match="web page"):
        vet(str(tmp_path / "page.h5"), offline=None)
    with pytest.raises(IntegrityError, match="web page"):
        check(tmp_path / "page.h5")
    with pytest.raises(ConfigError, match="no such file"):
        vet(str(tmp_path / "absent.h5"), offline=None)
    with pytest.raises(ConfigError, match="address"):
        vet("https://host/w.h5", offline=None)


def test_vetting_imports_no_framework(tmp_path):
    file = write(tmp_path / "w.h5")
    code = (
        "import sys; from zoo_keras.file_checks import vet; vet(sys.argv[1], offline=None);"
        "print(sorted({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
