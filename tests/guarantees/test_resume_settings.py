"""What may be changed in mid-run, what may not, and checkpoints that are not to be trusted."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from interrupted_runs import Stop, digest, log, pictures, run

import zoo
from zoo.cli.main import zoo as command
from zoo.errors import ConfigError, DataError, IntegrityError, ZooError
from zoo.runs.checkpoint import Checkpoints, newest, read_checkpoint
from zoo.runs.training_state import Checkpoint, TrainingState
from zoo.training.observer import NullObserver
from zoo.utils.signals import Interrupts

pytestmark = pytest.mark.torch

SETTINGS = {"freeze": "nothing", "epochs": 3, "batch_size": 16}


@pytest.fixture
def stopped(tmp_path):
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        zoo.finetune(
            "starter:glyphs", zoo.data(pictures()), out=folder, report=False, observer=Stop(4), **SETTINGS
        )
    return folder


def resumed(folder, *settings, data=None, **more):
    return zoo.resume(folder, settings=settings, data=data or zoo.data(pictures()), **more)


def test_a_checkpoint_late_in_a_long_epoch_is_read_back(tmp_path):
    losses = (np.arange(200_000) / 3).tolist()
    position = TrainingState(losses=losses, sizes=[32] * len(losses), step=len(losses))
    with Interrupts() as interrupts:
        Checkpoints(tmp_path, {}, 1, interrupts).keep(Checkpoint(position, {"w": np.ones(3)}, {}, None))
    assert read_checkpoint(tmp_path)[0].position == position


def test_more_epochs_are_allowed_and_said(stopped):
    said = []
    done = resumed(stopped, "train.epochs=5", say=lambda what, thing: said.append((what, thing)))
    assert [line["epoch"] for line in log(stopped)] == [1, 2, 3, 4, 5]
    assert done.report.steps == 15
    assert done.report.sessions == 2
    assert ("resume", "from step 4 of epoch 2; train.epochs 3 -> 5") in said


def test_a_resumed_run_does_not_warn_of_its_images_once_more(tmp_path, recwarn):
    images, labels = pictures(24)
    data, folder, settings = zoo.data((images // 16, labels)), tmp_path / "run", {**SETTINGS, "epochs": 1}
    with pytest.raises(KeyboardInterrupt):
        zoo.finetune("starter:glyphs", data, out=folder, report=False, observer=Stop(1), **settings)
    assert any("nearly black" in str(one.message) for one in recwarn)
    recwarn.clear()
    resumed(folder, data=data)
    assert not any("nearly black" in str(one.message) for one in recwarn)


def test_fewer_steps_than_were_done_end_the_run_at_once(stopped):
    done = resumed(stopped, "train.steps=3")
    assert done.report.steps == 4
    assert [line["epoch"] for line in log(stopped)] == [1, 2]


def test_another_rate_is_refused_and_nothing_is_lost(stopped, tmp_path):
    before = newest(stopped).read_bytes()
    with pytest.raises(ConfigError, match=r"train\.lr None -> 0\.5"):
        resumed(stopped, "train.lr=0.5")
    assert newest(stopped).read_bytes() == before
    resumed(stopped)
    assert digest(stopped) == digest(run(tmp_path / "through", "starter:glyphs", **SETTINGS))


def test_none_at_all_is_a_number_too(stopped):
    before = newest(stopped).read_bytes()
    done = CliRunner().invoke(command, ["resume", str(stopped), "--steps", "0"])
    assert isinstance(done.exception, ConfigError)
    assert "'train.steps' cannot be 0" in done.exception.message
    assert newest(stopped).read_bytes() == before


def test_a_configuration_that_was_edited_meanwhile_is_compared_with_the_checkpoint(stopped):
    config = stopped / "config.toml"
    config.write_text(config.read_text().replace("seed = 0", "seed = 1"))
    with pytest.raises(ConfigError, match=r"train\.seed 0 -> 1"):
        resumed(stopped)


def test_other_data_are_refused(stopped):
    with pytest.raises(DataError, match="not what the run was begun with"):
        resumed(stopped, data=zoo.data(pictures(63)))


def test_a_complete_run_is_not_gone_on_with(tmp_path):
    folder = run(tmp_path / "run", "starter:glyphs", **SETTINGS)
    with pytest.raises(ConfigError, match="complete"):
        resumed(folder)


def test_a_folder_that_is_no_run(tmp_path):
    with pytest.raises(ConfigError, match="not an interrupted run"):
        resumed(tmp_path)


def test_a_run_without_its_settings_is_not_said_to_go_on(stopped):
    (stopped / "config.toml").unlink()
    done = CliRunner().invoke(command, ["resume", str(stopped)])
    assert isinstance(done.exception, ConfigError)
    assert "to go on" not in done.stderr


def test_another_run_into_the_same_folder_is_told_to_resume(stopped):
    with pytest.raises(ConfigError, match="interrupted run") as caught:
        zoo.finetune("starter:glyphs", zoo.data(pictures()), out=stopped, **SETTINGS)
    assert "zoo resume" in caught.value.hint


def test_every_hint_says_what_to_type_to_go_on(stopped, tmp_path):
    from zoo.reporting.write import rebuild
    from zoo.runs.manifest import read_manifest
    from zoo.runs.register import register

    folder = stopped.rename(tmp_path / "my run")
    typed = f"zoo resume '{folder}'"
    doors = [
        lambda: zoo.load(str(folder)),
        lambda: read_manifest(folder),
        lambda: register(folder, "name"),
        lambda: rebuild(folder),
        lambda: zoo.finetune("starter:glyphs", zoo.data(pictures()), out=folder),
    ]
    for door in doors:
        with pytest.raises(ZooError) as caught:
            door()
        assert typed in caught.value.hint
    newest(folder).write_bytes(b"damaged")
    with pytest.raises(IntegrityError) as caught:
        resumed(folder)
    assert typed in caught.value.hint
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(ConfigError) as caught:
        resumed(folder)
    assert f"zoo finetune '{folder}' DATA" in caught.value.hint


def test_a_run_that_is_being_written_is_left_alone(stopped):
    from zoo.runs.folder import RunFolder

    with RunFolder(stopped).alone(), pytest.raises(ConfigError, match="another thread is writing this run"):
        resumed(stopped)


@pytest.mark.parametrize("where", ["tensor", "header", "cut", "empty"])
def test_a_damaged_checkpoint_is_refused_by_name(stopped, where):
    file = newest(stopped)
    content = bytearray(file.read_bytes())
    if where in ("tensor", "header"):
        content[-5 if where == "tensor" else 40] ^= 1
    file.write_bytes(
        content if where in ("tensor", "header") else content[: len(content) // 2 * (where == "cut")]
    )
    with pytest.raises(IntegrityError) as caught:
        resumed(stopped)
    assert file.name in str(caught.value)
    assert "delete the file and start again from the beginning" in str(caught.value)
    file.unlink()
    resumed(stopped)


def test_a_checkpoint_holds_no_pickle_and_says_what_it_is_of(stopped):
    content = newest(stopped).read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    facts = json.loads(header["__metadata__"]["zoo"])
    assert facts["identity"]["versions"]["threads"]
    assert (facts["position"]["epoch"], facts["position"]["done"], facts["position"]["step"]) == (2, 1, 4)


def test_a_second_interruption_before_the_first_step_leaves_the_checkpoint_as_it_was(tmp_path):
    class BeforeSteps(NullObserver):
        def on_message(self, what, text):
            if what == "cache":
                raise KeyboardInterrupt

    data, folder = zoo.data(pictures()), tmp_path / "run"
    settings = {**SETTINGS, "freeze": 3, "augment": "none", "cache": "on"}
    with pytest.raises(KeyboardInterrupt):
        zoo.finetune("starter:glyphs", data, out=folder, report=False, observer=Stop(4), **settings)
    before = newest(folder).read_bytes()
    with pytest.raises(KeyboardInterrupt):
        resumed(folder, observer=BeforeSteps())
    assert newest(folder).read_bytes() == before
    resumed(folder)
    assert digest(folder) == digest(run(tmp_path / "through", "starter:glyphs", **settings))


@pytest.mark.parametrize("lost", ["state", "weights", "position"])
def test_whatever_is_left_out_of_a_checkpoint_shows_in_the_end(stopped, tmp_path, lost, monkeypatch):
    """The baselines: the digests above are equal because nothing is left out."""
    import zoo.api.resume as resuming

    def without(folder):
        found, identity = read(folder)
        if lost == "state":
            found.state.clear()
        elif lost == "weights":
            name = next(name for name in found.weights if name.endswith("running_mean"))
            found.weights[name][...] = 0
        else:
            found.position.done = 0
        return found, identity

    read = resuming.read_checkpoint
    monkeypatch.setattr(resuming, "read_checkpoint", without)
    resumed(stopped)
    assert digest(stopped) != digest(run(tmp_path / "through", "starter:glyphs", **SETTINGS))


def test_a_stop_by_patience_is_not_forgotten(tmp_path):
    """Interrupted right after the epoch that used patience up, the run does not train on."""

    class Late(NullObserver):
        def on_epoch_end(self, line, best):
            if line["epoch"] == 2:
                raise KeyboardInterrupt

    folder, still = tmp_path / "run", {"lr": 1e-20, "backbone_lr": 1e-20, "bn": "eval", "augment": "none"}
    settings = {**SETTINGS, **still, "patience": 1, "epochs": 5}
    with pytest.raises(KeyboardInterrupt):
        zoo.finetune("starter:glyphs", zoo.data(pictures()), out=folder, observer=Late(), **settings)
    done = resumed(folder)
    assert (done.report.steps, done.report.stopped) == (6, "patience")
