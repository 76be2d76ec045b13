"""A third-party distribution, installed by pip: zoo treats it like one of its own."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from repository import PARROT
from torch import nn

import zoo
from zoo.core.protocols.engine import StepPlan

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
    ]
    subprocess.run([*pip, "--target", str(folder), str(PARROT)], check=True, timeout=120)
    return folder


@pytest.fixture
def run(installed, tmp_path):
    def call(*words: str, stdin: bytes = b"", code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            input=stdin,
            cwd=tmp_path,
            capture_output=True,
            timeout=300,
            env={
                "PATH": os.environ.get("PATH", ""),
                "PYTHONPATH": str(installed),
                "ZOO_HOME": str(tmp_path / "home"),
                "ZOO_OFFLINE": "1",
            },
        )
        said, errors = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == code, said + errors
        assert "skipped" not in errors
        return said if code == 0 else said + errors

    return call


def test_it_passes_the_conformance_kit(run):
    """Its own test file of four lines, run as its author would."""
    said = run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(PARROT), str(PARROT / "tests")
    )
    assert "failed" not in said
    # Texts and sounds are not augmented: two checks each.
    assert said.count("skipped") == 1
    assert "4 skipped" in said
    assert int(said.splitlines()[-1].split()[0]) >= 60


def test_the_command_line_treats_it_like_our_own(run):
    listed = json.loads(run("-m", "zoo", "list", "--json", "--source", "parrot"))
    names = ["parrot:ears", "parrot:mimic-m", "parrot:mimic-s", "parrot:words"]
    assert [card["id"] for card in listed["models"]] == names
    plugins = {row["plugin"]: row for row in json.loads(run("-m", "zoo", "plugins", "--json"))["plugins"]}
    assert plugins["parrot"]["distribution"] == "zoo-parrot"
    assert plugins["parrot"]["offers"] == ["source parrot", "engine numpy"]
    assert plugins["torch"]["status"] == "ok"
    # A bare name is enough where only one source has it.
    run("-m", "zoo", "finetune", "mimic-s", "sample:digits", "--out", "run", "--epochs", "2")
    metrics = json.loads(run("-m", "zoo", "evaluate", "run", "sample:digits", "--json"))["metrics"]
    assert metrics["accuracy"] > 0.8


def test_the_command_line_learns_and_answers_texts(run, tmp_path):
    rows = [f"{('great fun', 'dull and poor')[i % 2]} {i},{('good', 'bad')[i % 2]}" for i in range(60)]
    (tmp_path / "reviews.csv").write_text("\n".join(["text,label", *rows]))
    finetune = ["finetune", "words", "reviews.csv", "--freeze", "nothing", "--lr", "0.02"]
    run("-m", "zoo", *finetune, "--out", "run", "--epochs", "8")
    figures = json.loads(run("-m", "zoo", "evaluate", "run", "reviews.csv", "--json"))["metrics"]
    assert figures["accuracy"] == 1

    def labels(said: str) -> list[tuple[str, str]]:
        return [(one["text"], one["label"]) for one in json.loads(said)["predictions"]]

    ask = ["-m", "zoo", "predict", "run", "--json"]
    assert labels(run(*ask, "great, fun", "so dull")) == [("great, fun", "good"), ("so dull", "bad")]
    assert labels(run(*ask, "-", stdin="so dull\r\ngreat fun, señor\n".encode())) == [
        ("so dull", "bad"),
        ("great fun, señor", "good"),
    ]
    (tmp_path / "texts.txt").write_text("great fun\n\nso dull\n")
    said = run("-m", "zoo", "predict", "run", "--file", "texts.txt", code=3)
    assert "great fun\tgood" in said
    assert "so dull\tbad" in said
    assert "the text is blank: 'texts.txt:2'" in said
    # The run was trained on single texts: a tab is a part of one.
    tab = json.loads(run(*ask, "great fun\tdull"))["predictions"][0]
    assert (tab["text"], "text_b" in tab) == ("great fun\tdull", False)
    said = run("-m", "zoo", *finetune, "--set", "train.augment=light", "--dry-run", code=2)
    assert "train.augment cannot be light" in said
    assert "Missing argument" in run(*ask, code=2)


def test_its_pretrained_weights_come_out_of_the_package(run):
    code = """
import zoo
model = zoo.load("parrot:mimic-m")
print(model.origin.place, model.adapter.backbone.loaded.origin, model.adapter.backbone.loaded.loaded)
other = zoo.load("parrot:mimic-m", from_scratch=True)
ours, random = (one.adapter.weights()["backbone.dense1.mean"] for one in (model, other))
assert (ours != random).all()
"""
    assert run("-c", code) == "package://zoo_parrot/mimic-m.safetensors pretrained 11\n"


def test_the_weights_of_its_other_model_are_refused(run, installed):
    code = f"""
import zoo
try:
    zoo.load("parrot:mimic-m", weights={str(installed / "zoo_parrot" / "mimic-s.safetensors")!r})
except zoo.ZooError as error:
    print(type(error).__name__, error.message)
"""
    said = run("-c", code)
    assert said.startswith("IntegrityError these are not the weights of parrot:mimic-m")
    assert "dense2.mean" in said


def test_it_leans_on_public_names_only():
    public = {"zoo", "zoo.errors", "zoo.plugin", "zoo.testing"}
    foreign = {
        "functools",
        "json",
        "pathlib",
        "re",
        "zlib",
        "numpy",
        "safetensors",
        "safetensors.numpy",
        "PIL",
    }
    for file in [*(PARROT / "zoo_parrot").glob("*.py"), *(PARROT / "tests").glob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name in public | foreign or name.startswith("zoo_parrot"), f"{file.name}: {name}"


@pytest.fixture
def parrot(installed, monkeypatch):
    monkeypatch.syspath_prepend(installed)
    from zoo_parrot import heads, network, optimizer

    return heads, network, optimizer


CLASSES = zoo.Classification(classes=("a", "b", "c"))
PLANS = {
    "classes": (
        "Softmax",
        StepPlan(CLASSES, label_smoothing=0.2, class_weights=np.array([1, 2, 0.5], np.float32)),
        np.array([0, 1, 2, 1, 0]),
        lambda: nn.CrossEntropyLoss(torch.tensor([1, 2, 0.5]), label_smoothing=0.2),
    ),
    "labels": (
        "Sigmoid",
        StepPlan(zoo.MultiLabel(labels=("a", "b", "c")), class_weights=np.array([1, 2, 0.5], np.float32)),
        (np.arange(15).reshape(5, 3) % 2).astype(np.float32),
        lambda: nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1, 2, 0.5])),
    ),
    "values": (
        "Numbers",
        StepPlan(zoo.Regression(targets=("a", "b", "c"))),
        np.linspace(-1, 1, 15, dtype=np.float32).reshape(5, 3),
        nn.MSELoss,
    ),
}


@pytest.mark.parametrize("kind", PLANS)
@pytest.mark.parametrize("training", [True, False])
def test_its_gradients_are_those_of_autograd(kind, training, parrot):
    heads, network, _ = parrot
    head, plan, targets, criterion = PLANS[kind]
    np.random.seed(0)
    chain = network.build((16, 3))
    x = np.random.standard_normal((5, 16, 16, 3)).astype(np.float32)

    value = x
    for link in chain.links.values():
        value = link.forward(value, training)
    loss, slope = getattr(heads, head)().loss(plan, "cpu")(value.astype(np.float64), targets)
    ours = {}
    for name, link in reversed(chain.links.items()):
        found, slope = link.backward(slope)
        ours |= {f"{name}.{key}": gradient for key, gradient in found.items()}

    own = {name: torch.tensor(a, requires_grad=name in ours) for name, a in chain.tensors().items()}
    pooled = torch.nn.functional.avg_pool2d(torch.tensor(x).permute(0, 3, 1, 2), 2)
    value = (pooled.permute(0, 2, 3, 1) @ own["stem.scale"]).flatten(1)
    for name in ("dense1", "dense2"):
        state = [own[f"{name}.{key}"] for key in ("mean", "variance", "scale", "shift")]
        value = torch.relu(nn.functional.batch_norm(value @ own[f"{name}.weight"], *state, training, 0.0))
    theirs = criterion()(value, torch.tensor(targets))
    theirs.backward()

    assert loss == pytest.approx(theirs.item(), rel=1e-5)
    assert sum(np.abs(gradient).sum() for gradient in ours.values()) > 0.1
    for name, gradient in ours.items():
        np.testing.assert_allclose(gradient, own[name].grad.numpy(), rtol=1e-3, atol=1e-5, err_msg=name)


def test_the_gradient_of_its_table_is_that_of_autograd(parrot):
    _, network, _ = parrot
    np.random.seed(0)
    table = network.build((4,), embedding=(256, 3)).links["table"]
    shares = np.random.default_rng(0).random((5, 256), np.float32)
    slope = np.random.default_rng(1).random((5, 3), np.float32)
    weight = torch.tensor(table.tensors["weight"], requires_grad=True)
    (torch.tensor(shares) @ weight).backward(torch.tensor(slope))
    table.forward(shares, training=True)
    np.testing.assert_allclose(table.backward(slope)[0]["weight"], weight.grad.numpy(), rtol=1e-5)


@pytest.mark.parametrize("kind", ["adamw", "sgd"])
def test_its_updates_are_those_of_torch(kind, parrot):
    _, _, optimizer = parrot
    random = np.random.default_rng(0)
    plan = StepPlan(CLASSES, optimizer=kind, weight_decay=0.0 if kind == "sgd" else 0.1, momentum=0.8)
    start = {"head.weight": random.normal(size=(4, 3)), "backbone.a.shift": random.normal(size=4)}
    start = {name: value.astype(np.float32) for name, value in start.items()}
    ours = {name: value.copy() for name, value in start.items()}
    theirs = {name: nn.Parameter(torch.tensor(value)) for name, value in start.items()}
    rates = zoo.core.protocols.engine.LearningRates(head=0.1, backbone=0.01)
    groups = [
        {"params": [theirs["head.weight"]], "lr": rates.head, "weight_decay": plan.weight_decay},
        {"params": [theirs["backbone.a.shift"]], "lr": rates.backbone, "weight_decay": 0.0},
    ]
    torch_optimizer = torch.optim.SGD(groups, momentum=0.8) if kind == "sgd" else torch.optim.AdamW(groups)
    mine = optimizer.Optimizer(ours, plan)
    for _ in range(4):
        gradients = {name: random.normal(size=value.shape).astype(np.float32) for name, value in ours.items()}
        mine.step(gradients, rates)
        for name, parameter in theirs.items():
            parameter.grad = torch.tensor(gradients[name])
        torch_optimizer.step()
    for name, value in ours.items():
        np.testing.assert_allclose(value, theirs[name].detach().numpy(), rtol=1e-5, atol=1e-6)
