"""Rows E, W, H and I: ids, weights, registries and plugins that are not what they should be."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import zipfile

import fork_server
import numpy as np
import pytest
from bad_files import folder, safetensors
from command_errors import complains
from safetensors.numpy import load_file, save_file

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]

MODEL = "timm:test_resnet.r160_in1k"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "x" * 10_000,
            "../x",
            "/etc",
            "a/../../b",
            "C:\\x",
            "\\\\host\\share",
            "%2e%2e",
            "timm:\n",
            "timm:a\x1b[2J",
        ),
        *(
            "timm:../x",
            "timm:/etc/passwd",
            "timm:a/../../b",
            "timm:r\u0435snet18",
            "timm:CON",
            "timm:a b",
            "timm:",
        ),
        *(
            ":resnet18",
            "timm:resnet18@",
            "timm:resnet18@../x",
            "timm:resnet18@a@b",
            "hf-hub:org/x",
            "local-dir:x",
        ),
        *(
            "https://127.0.0.1/x",
            "file:///etc/passwd",
            "timm:hf-hub:org/x",
            "timm:local-dir:x",
            "TIMM:resnet18",
        ),
        *("no-such-model", "timm:no-such-model", "keras9:VGG16"),
    ],
)
def test_an_id_is_a_key_and_never_a_path(zoo, name):
    complains(zoo("show", "--", name), 4)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("timm:resnet18.a1_in1", ["resnet18.a1_in1k"]),
        ("tim:resnet18", ["timm"]),
        ("resnet18.a1_in1", ["resnet18.a1_in1k"]),
    ],
)
def test_a_miss_names_what_is_near(zoo, name, words):
    complains(zoo("show", name), 4, "did you mean", *words)


@pytest.mark.parametrize("words", [["compare", "run", MODEL], ["pull", "run"], ["check", "local:flowers"]])
def test_a_verb_that_takes_a_model_knows_a_run_when_it_sees_one(zoo, words):
    (zoo.work / "run").mkdir()
    (zoo.work / "run" / "manifest.json").write_text("{}")
    outcome = zoo(*words)
    complains(outcome, 4, "is a run", "a model is asked for")
    assert "has no manifest.json" not in outcome.err


class Bomb:
    """Unpickling this writes a file named ``marker``."""

    def __reduce__(self):
        return (eval, ("open('marker', 'w').close()",))


def torch_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Bomb()))
    return buffer.getvalue()


def npy_objects() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb()], dtype=object), allow_pickle=True)
    return buffer.getvalue()


PICKLES = {
    "torch zip": torch_zip(),
    "raw pickle": pickle.dumps(Bomb()),
    "old protocol": pickle.dumps(Bomb(), protocol=0),
    "object array": npy_objects(),
}


@pytest.mark.parametrize("kind", PICKLES)
@pytest.mark.parametrize("suffix", ["model.safetensors", "model.pth", "model.bin"])
def test_a_pickle_is_refused_by_its_content_and_never_run(zoo, kind, suffix):
    folder(zoo.work / "data")
    (zoo.work / suffix).write_bytes(PICKLES[kind])
    outcome = zoo("finetune", MODEL, "data", "--weights", suffix, "--out", "out")
    complains(outcome, 5, suffix)
    assert "weights_only" not in outcome.err


PAIR = b'"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 14000000\n"


def entry(dtype="F32", shape=(2,), offsets=(0, 8)) -> dict:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def header(**entries: dict) -> bytes:
    return json.dumps(entries).encode()


BROKEN = {
    "empty": lambda p: p.write_bytes(b""),
    "length": lambda p: safetensors(p, b"{}", length=10**12),
    "not JSON": lambda p: safetensors(p, b"hello world"),
    "overlap": lambda p: safetensors(p, header(a=entry(), b=entry(offsets=(4, 12))), bytes(12)),
    "hole": lambda p: safetensors(p, header(a=entry(), b=entry(offsets=(12, 20))), bytes(20)),
    "trailing": lambda p: safetensors(p, header(a=entry()), bytes(9)),
    "truncated": lambda p: safetensors(p, header(a=entry()), bytes(7)),
    "negative": lambda p: safetensors(p, header(a=entry(shape=(-2,))), bytes(8)),
    "enormous": lambda p: safetensors(p, header(a=entry(shape=(2**40, 2**40))), bytes(8)),
    "duplicate": lambda p: safetensors(p, b"{" + PAIR + b"," + PAIR + b"}", bytes(8)),
    "LFS": lambda p: p.write_bytes(LFS),
    "HTML": lambda p: p.write_bytes(b"<!DOCTYPE html><html>404</html>"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_damaged_weights_are_named_with_the_reason(zoo, kind):
    folder(zoo.work / "data")
    BROKEN[kind](zoo.work / "w.safetensors")
    complains(
        zoo("finetune", MODEL, "data", "--weights", "w.safetensors", "--out", "out"), 5, "w.safetensors"
    )


def test_an_lfs_pointer_says_what_it_stands_for(zoo):
    folder(zoo.work / "data")
    BROKEN["LFS"](zoo.work / "w.safetensors")
    outcome = zoo("finetune", MODEL, "data", "--weights", "w.safetensors", "--out", "out")
    complains(outcome, 5, "LFS")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The backbone of the small model as a file of weights, made by timm itself."""
    code = (
        "import sys, timm, safetensors.torch as s; m = timm.create_model('test_resnet');"
        "s.save_file(m.state_dict(), sys.argv[1])"
    )
    path = tmp_path_factory.mktemp("published") / "model.safetensors"
    assert fork_server.run(["-c", code, path]).returncode == 0
    return path


@pytest.mark.parametrize("fault", ["missing", "unexpected", "shape", "dtype", "another model"])
def test_weights_of_another_model_are_refused_with_names(zoo, published, fault):
    folder(zoo.work / "data")
    tensors = load_file(published)
    name = next(name for name, value in tensors.items() if value.ndim == 4)
    if fault == "missing":
        del tensors[name]
    elif fault == "unexpected":
        name = "stowaway.weight"
        tensors[name] = np.zeros(3, np.float32)
    elif fault == "shape":
        tensors[name] = tensors[name][..., :1]
    elif fault == "dtype":
        tensors[name] = tensors[name].astype(np.int8)
        name = "int8"
    else:
        tensors = {f"other.{i}": np.zeros(3, np.float32) for i in range(20)}
        name = "other.0"
    save_file(tensors, zoo.work / "w.safetensors")
    outcome = zoo("finetune", MODEL, "data", "--weights", "w.safetensors", "--out", "out")
    complains(outcome, 5, "w.safetensors", name)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A small finished run."""
    work = tmp_path_factory.mktemp("run")
    folder(work / "data")
    words = [
        "finetune",
        MODEL,
        "data",
        "--from-scratch",
        "--input-size",
        "32",
        "--epochs",
        "1",
        "--out",
        "run",
    ]
    done = fork_server.run(["-m", "zoo", *words], cwd=work)
    assert done.returncode == 0, done.stderr
    return work / "run"


def test_classes_that_the_run_does_not_know_are_counted(zoo, run):
    folder(zoo.work / "birds", classes=("cat", "owl", "wren"))
    complains(zoo("evaluate", run, "birds"), 3, "2 of the data's classes", "owl", "wren", "dog")


def test_data_of_a_name_that_no_file_can_have_are_as_good_as_absent(zoo, run):
    for name in ("~nobody-of-this-name/data", "n" * 300):
        complains(zoo("evaluate", run, name), 3, "there is no such file or folder", name)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda run: (run / "manifest.json").unlink(), ["manifest.json"]),
        (lambda run: (run / "manifest.json").write_text("{"), ["manifest.json"]),
        (lambda run: (run / "manifest.json").write_text("[]"), ["manifest.json"]),
        (lambda run: (run / "manifest.json").write_text('{"schema_version": 9}'), ["newer"]),
        (lambda run: retask(run, {}), ["manifest.json", "no task"]),
        (lambda run: retask(run, {"classes": [1, 2]}), ["manifest.json", "task.classes.0"]),
        (lambda run: retask(run, {"classes": ["cat", "cat"]}), ["manifest.json", "task.classes", "differ"]),
        (lambda run: retask(run, {"classes": ["a", "b", "c"]}), ["'run'", "do not fit", "(2,) for (3,)"]),
        (lambda run: (run / "model.safetensors").unlink(), ["model.safetensors"]),
        (lambda run: flip(run / "model.safetensors"), ["model.safetensors", "sha256"]),
        (lambda run: (run / "model.safetensors").write_bytes(PICKLES["torch zip"]), ["model.safetensors"]),
    ],
    ids=[
        "no manifest",
        "cut",
        "no object",
        "newer",
        "no task",
        "no names",
        "same names",
        "a name more",
        "no weights",
        "flipped",
        "pickle",
    ],
)
def test_a_damaged_run_is_refused(zoo, run, damage, words):
    shutil.copytree(run, zoo.work / "run")
    damage(zoo.work / "run")
    outcome = zoo("predict", "run", "x.png")
    assert outcome.code in (4, 5)
    complains(outcome, outcome.code, *words)


def retask(run, facts) -> None:
    tree = json.loads((run / "manifest.json").read_text())
    tree["task"] = {"kind": "classification", **facts} if facts else {}
    (run / "manifest.json").write_text(json.dumps(tree))


def flip(path) -> None:
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)


def test_one_bad_picture_does_not_hide_the_others(zoo, run):
    folder(zoo.work / "data")
    (zoo.work / "bad.png").write_text("no")
    outcome = zoo("predict", run, "data/cat/0.png", "bad.png", "data/dog/0.png")
    complains(outcome, 3, "bad.png")
    assert "data/cat/0.png" in outcome.out
    assert "data/dog/0.png" in outcome.out
