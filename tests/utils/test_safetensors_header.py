"""A file of weights is vetted before any library sees it, and nothing in it is ever executed."""

import gzip
import json
import os
import pickle
import struct
import subprocess
import sys
import zipfile

import joblib
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import save

from zoo.errors import ConfigError, IntegrityError
from zoo.utils.safetensors_header import read_safetensors_header

pytestmark = pytest.mark.torch

GOOD = save(
    {
        "stem.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
        "stem.bias": np.zeros(2, dtype=np.float16),
        "steps": np.array(7),
        "none": np.zeros((0, 4), dtype=np.float32),
    },
    metadata={"format": "pt", "é\n": "日本", 'a "quote"\\': '\\\\"'},
)


def made(header, data=b"", length=None):
    """The bytes of a file with this header: a dict, or text as it is."""
    raw = header.encode() if isinstance(header, str) else header
    raw = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + data


def entry(shape=(2,), begin=0, end=8, dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


class Bomb:
    """Unpickling this makes a folder: proof of execution."""

    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


def read_by_library(path):
    with safe_open(path, framework="numpy") as file:
        slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
        return (
            {name: tuple(one.get_shape()) for name, one in slices.items()},
            {name: one.get_dtype() for name, one in slices.items()},
            file.metadata() or {},
        )


def test_a_good_file_is_summarised_as_the_library_reads_it(tmp_path):
    path = tmp_path / "weights.any"
    path.write_bytes(GOOD)
    header = read_safetensors_header(path)
    assert (header.shapes, header.dtypes, header.metadata) == read_by_library(path)
    assert header.data_start + header.data_bytes == len(GOOD)
    bias = next(one for one in header.tensors if one.name == "stem.bias")
    assert bias.end - bias.begin == 4


def test_a_header_of_640_bytes_is_not_taken_for_a_pickle(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(made(json.dumps({"a": entry()}).ljust(640), b"12345678"))
    assert path.read_bytes()[:2] == b"\x80\x02"
    assert read_safetensors_header(path).shapes == {"a": (2,)}


def torch_zip(path, bomb):
    torch.save({"weight": torch.zeros(2), "bomb": bomb}, path)


def torch_legacy(path, bomb):
    torch.save({"weight": torch.zeros(2), "bomb": bomb}, path, _use_new_zipfile_serialization=False)


def raw_pickle(protocol):
    def write(path, bomb):
        path.write_bytes(pickle.dumps({"bomb": bomb}, protocol))

    return write


def object_array(path, bomb):
    with path.open("wb") as file:
        np.save(file, np.array([bomb], dtype=object))


def object_arrays(path, bomb):
    with path.open("wb") as file:
        np.savez(file, a=np.array([bomb], dtype=object))


PICKLES = {
    "torch zip": (torch_zip, "pickle"),
    "torch legacy": (torch_legacy, "pickle"),
    "pickle 0": (raw_pickle(0), "pickle"),
    "pickle 1": (raw_pickle(1), "pickle"),
    "pickle 2": (raw_pickle(2), "pickle"),
    "pickle 5": (raw_pickle(5), "pickle"),
    "joblib": (lambda path, bomb: joblib.dump(bomb, path), "pickle"),
    "joblib zlib": (lambda path, bomb: joblib.dump(bomb, path, compress=("zlib", 3)), "pickle"),
    "npy": (object_array, "NumPy"),
    "npz": (object_arrays, "NumPy"),
    "gzip": (lambda path, bomb: path.write_bytes(gzip.compress(pickle.dumps(bomb))), "gzip"),
}


@pytest.mark.parametrize("name", PICKLES)
def test_pickles_under_a_safetensors_name_are_recognised_and_never_run(tmp_path, name):
    write, word = PICKLES[name]
    path, marker = tmp_path / "model.safetensors", tmp_path / "marker"
    write(path, Bomb(marker))
    with pytest.raises(IntegrityError) as caught:
        read_safetensors_header(path)
    message = str(caught.value)
    assert word in message
    assert repr(str(path)) in message
    assert "safetensors" in caught.value.hint or "unpack" in caught.value.hint
    assert "weights_only" not in message
    assert "allow" not in message
    assert not marker.exists()


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 14000000\n"
HUGE = 2**40
PAIR = {"a": entry(), "b": entry(begin=8, end=16)}
BROKEN = {
    "empty": (b"", "empty"),
    "a few bytes": (b"\x08\x00\x00", "3 bytes do not begin like"),
    "zeros": (bytes(100), "do not begin like"),
    "LFS pointer": (LFS, f"Git LFS pointer of {len(LFS)} bytes for a file of 14,000,000 bytes"),
    "web page": (b"\n <!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
    "XML": (b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>", "XML"),
    "JSON error": (b'{"error": "Repository not found"}', "JSON text"),
    "tar": (b"a".ljust(257, b"\0") + b"ustar\x0000" + bytes(600), "tar archive"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5"),
    "length 10^12": (made("{}", length=10**12), "1,000,000,000,000 bytes"),
    "length past the end": (made("{}", length=100), "10 bytes, its header alone needs 108"),
    "not JSON": (made("{hello}"), "not of the right form"),
    "JSON list": (made("[]"), "do not begin like"),
    "not UTF-8": (made(b'{"\xff":1}'), "UTF-8"),
    "text after the header": (made("{}{}"), "follows the end"),
    "half a surrogate pair": (made('{"\\ud800":' + json.dumps(entry()) + "}", bytes(8)), "surrogate"),
    "overlap": (made({"a": entry(), "b": entry(begin=4, end=12)}, bytes(12)), "'b' overlaps"),
    "hole": (
        made({"a": entry(), "b": entry(begin=12, end=20)}, bytes(20)),
        "'b' leaves 4 bytes before it unused",
    ),
    "hole at the start": (made({"a": entry(begin=4, end=12)}, bytes(12)), "unused"),
    "bytes after the last tensor": (made(PAIR, bytes(17)), "1 bytes follow"),
    "data cut short": (made(PAIR, bytes(15)), "15 bytes of data, its header describes 16"),
    "negative length": (made({"a": entry(shape=(-2,))}, bytes(8)), "negative"),
    "negative offset": (made({"a": entry(begin=-8, end=0)}, bytes(8)), "negative"),
    "minus zero": (made('{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}'), "negative"),
    "offsets reversed": (made({"a": entry(begin=8, end=0)}, bytes(8)), "begin and an end"),
    "three offsets": (made('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0,0]}}'), "begin and an end"),
    "2^40 x 2^40": (made({"a": entry(shape=(HUGE, HUGE), end=0)}), "larger than any file"),
    "a number of 5000 digits": (made('{"a":{"dtype":"U8","shape":[' + "9" * 999 + "]}}"), "999 digits"),
    "wrong product": (made({"a": entry(shape=(3,))}, bytes(8)), "needs 12 bytes"),
    "40 dimensions": (made({"a": entry(shape=[1] * 40, end=4)}, bytes(4)), "at most 32"),
    "fraction": (made({"a": entry(shape=(2.0,))}, bytes(8)), "not an integer"),
    "NaN": (made({"a": entry(shape=(float("nan"),))}, bytes(8)), "not an integer"),
    "true as a length": (made({"a": entry(shape=(True, 2))}, bytes(8)), "lengths"),
    "unknown type": (made({"a": entry(dtype="F128")}, bytes(8)), "'F128'"),
    "type is a list": (made({"a": entry(dtype=["F32"])}, bytes(8)), "has the type"),
    "unknown field": (made({"a": entry() | {"run": 1}}, bytes(8)), "not described by"),
    "missing field": (made({"a": {"dtype": "F32", "shape": [2]}}, bytes(8)), "not described by"),
    "field twice": (made('{"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}'), "twice"),
    "name twice": (made(json.dumps(PAIR).replace('"b"', '"a"'), bytes(16)), "'a' twice"),
    "name twice, once escaped": (made(json.dumps(PAIR).replace('"b"', '"\\u0061"'), bytes(16)), "'a' twice"),
    "metadata twice": (made('{"__metadata__":{},"__metadata__":{}}'), "twice"),
    "metadata name twice": (made('{"__metadata__":{"a":"1","a":"2"}}'), "twice"),
    "metadata not text": (made({"__metadata__": {"a": 1}}), "string is missing"),
    "entry is a list": (made({"a": []}), "{ is missing"),
    "lists in lists": (made('{"a":{"shape":' + "[" * 2000 + "]" * 2000 + "}}"), "not JSON"),
    "control character in a name": (made('{"a\x01":' + json.dumps(entry()) + "}", bytes(8)), "not JSON"),
    "comma at the end": (made('{"a":' + json.dumps(entry()) + ",}", bytes(8)), "string is missing"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_damage_is_refused_with_the_file_and_the_reason(tmp_path, name):
    content, reason = BROKEN[name]
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(IntegrityError) as caught:
        read_safetensors_header(path)
    assert caught.value.exit_code == 5
    assert repr(str(path)) in caught.value.message
    assert reason in caught.value.why
    assert caught.value.hint


def test_a_keras_archive_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as file:
        file.writestr("config.json", "{}")
    with pytest.raises(IntegrityError, match="Keras"):
        read_safetensors_header(tmp_path / "model.keras")


def test_pipes_folders_and_absent_files(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(IntegrityError, match="not a regular file"):
            read_safetensors_header(path)
    with pytest.raises(ConfigError, match="absent"):
        read_safetensors_header(tmp_path / "absent")


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutated_files_give_a_typed_error_or_what_the_library_reads(tmp_path, data):
    content = bytearray(GOOD)
    header_end = 8 + int.from_bytes(GOOD[:8], "little")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, header_end - 1))
        what = data.draw(st.sampled_from(["byte", "token", "delete", "double", "cut"]))
        if what == "byte":
            content[at : at + 1] = data.draw(st.binary(min_size=1, max_size=1))
        elif what == "token":
            token = data.draw(
                st.sampled_from([b"0", b"-", b"9", b",", b'"', b"{", b"}", b"[", b"]", b"\\", b"e1"])
            )
            content[at:at] = token
        elif what == "delete":
            del content[at]
        elif what == "double":
            content[at:at] = content[at : at + data.draw(st.integers(1, 60))]
        else:
            del content[-data.draw(st.integers(1, 8)) :]
    if data.draw(st.booleans()):  # keep the length field in step, so that the text itself is reached
        content[:8] = struct.pack("<Q", max(header_end - 8 + len(content) - len(GOOD), 0))
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    try:
        header = read_safetensors_header(path)
    except IntegrityError:
        return
    assert (header.shapes, header.dtypes, header.metadata) == read_by_library(path)


numbers = st.integers(-1, 9) | st.sampled_from([2**31, 2**40, 2**63, 2**64, 1.5, True, None])
entries = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F32", "U8", "BF16", "BOOL", "F64", "I64", "F4", "C64", "x"]),
        "shape": st.lists(numbers, max_size=3),
        "data_offsets": st.lists(st.integers(0, 24), min_size=2, max_size=2) | st.lists(numbers, max_size=3),
    }
)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(max_size=3), entries, max_size=3), st.integers(0, 24))
def test_made_up_headers_give_a_typed_error_or_what_the_library_reads(tmp_path, header, size):
    path = tmp_path / "model.safetensors"
    path.write_bytes(made(header, bytes(size)))
    try:
        ours = read_safetensors_header(path)
    except IntegrityError:
        return
    assert (ours.shapes, ours.dtypes, ours.metadata) == read_by_library(path)


MEASURE = """
import pathlib, re, sys, time
from zoo.errors import IntegrityError
from zoo.utils.safetensors_header import read_safetensors_header
start = time.perf_counter()
try:
    read_safetensors_header(sys.argv[1])
    print("read")
except IntegrityError as error:
    assert len(str(error)) < 1500, len(str(error))
    print(error.why)
seconds = time.perf_counter() - start
peak = re.search(r"VmHWM:\\s*(\\d+)", pathlib.Path("/proc/self/status").read_text())
print(int(peak[1]) // 1024, seconds)
"""
FULL = 16 * 2**20
one = '"%06d":{"dtype":"U8","shape":[],"data_offsets":[%d,%d]},'
BOMBS = {
    "lists": (lambda: "{" + "[]," * ((FULL - 2) // 3) + "}", "a string is missing"),
    "deep lists": (lambda: '{"a":{"shape":' + "[" * (FULL - 20) + "}", "within 4,096 characters"),
    "lists in an entry": (
        lambda: '{"a":{"shape":[' + "[]," * ((FULL - 50) // 3) + "[]]}}",
        "within 4,096 characters",
    ),
    "one name": (lambda: '{"' + "\U0001f600" * (FULL // 4 - 3) + '":1}', "within 4,096 characters"),
    "one value": (lambda: '{"__metadata__":{"a":"' + "\U0001f600" * (FULL // 4 - 10) + '"}}', "read"),
    "two-byte value": (
        lambda: '{"__metadata__":{"a":"' + "é" * (FULL // 2 - 20) + '"}}',
        "within 4,194,304 characters",
    ),
    "backslashes": (lambda: '{"__metadata__":{"a":"' + "\\\\" * (FULL // 2 - 20) + '"}}', "within 4,194,304"),
    "quotes": (lambda: '{"__metadata__":{"a":"' + '\\"' * (FULL // 2 - 20) + '"}}', "within 4,194,304"),
    "tensors": (
        lambda: (
            '{"\U0001f600":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},'
            + "".join(one % (i, i, i + 1) for i in range(250_000))[: FULL - 100]
        ),
        "more than 100,000 tensors",
    ),
    "metadata": (
        lambda: '{"__metadata__":{' + "".join(f'"{i}":"",' for i in range(1_000_000)),
        "more than 10,000",
    ),
    "metadata at the limit": (
        lambda: '{"__metadata__":{' + ",".join(f'"{i:05}":"{"é" * 600}"' for i in range(10_000)) + "}}",
        "read",
    ),
    "spaces": (lambda: "{" + " " * (FULL - 1), "a string is missing"),
    "digits": (lambda: '{"a":{"dtype":"U8","shape":[' + "9" * (FULL - 40) + "]}}", "within 4,096 characters"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_memory_and_time_are_bounded(tmp_path, name):
    content, reason = BOMBS[name]
    path = tmp_path / "model.safetensors"
    path.write_bytes(made(content()))
    assert path.stat().st_size <= FULL + 8
    done = subprocess.run([sys.executable, "-c", MEASURE, path], capture_output=True, text=True, check=True)
    why, figures = done.stdout.splitlines()
    megabytes, seconds = map(float, figures.split())
    print(f"{name}: {megabytes:.0f} MB, {seconds:.2f} s")
    assert reason in why
    assert megabytes < 200
    assert seconds < 10
