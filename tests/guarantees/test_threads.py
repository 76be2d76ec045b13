"""What threads of one process may do at a time: predict with one model, and open models next to a
training."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from starters import MODELS, stripes

import zoo
from zoo.errors import ConfigError
from zoo.training.observer import NullObserver

pytestmark = pytest.mark.engine

SETTINGS = {"freeze": "nothing", "epochs": 2, "batch_size": 8, "baselines": "none", "report": False}


def weights(run):
    return {name: value.tobytes() for name, value in run.model.adapter.weights().items()}


@pytest.mark.parametrize("model", MODELS)
def test_a_second_training_is_refused_and_the_first_ends_as_alone(model, tmp_path):
    data = zoo.data(stripes(8))
    alone = zoo.finetune(model, data, out=tmp_path / "alone", **SETTINGS)
    second = zoo.load(model)

    class Meanwhile(NullObserver):
        """Tries to train, and opens a model, in another thread after each step."""

        def on_step_end(self, step, loss):
            with ThreadPoolExecutor(1) as pool:
                refused.append(pool.submit(second.train, data).exception())
                pool.submit(zoo.load, model, from_scratch=True, seed=step).result()

    refused = []
    first = zoo.finetune(model, data, out=tmp_path / "first", observer=Meanwhile(), **SETTINGS)
    assert refused
    for error in refused:
        assert isinstance(error, ConfigError)
        assert "another training is running in this process" in str(error)
    assert weights(first) == weights(alone)
    second.train(data, zoo.TrainConfig(epochs=1))  # the first has ended


def test_a_model_that_is_opened_does_not_seed_in_the_middle_of_a_step(tmp_path, monkeypatch):
    data, model = zoo.data(stripes(4)), zoo.load(MODELS[0])
    engine = type(zoo.plugins.manager.manager().engine(model.card.framework))
    inside, seeded, during = threading.Event(), threading.Event(), []
    step = model.adapter.step

    def noted(self, seed, real=engine.seed):
        during.append(inside.is_set())
        seeded.set()
        return real(self, seed)

    def stepped(batch, rates):
        inside.set()
        opener.start()
        seeded.wait(1)  # given the chance
        inside.clear()
        return step(batch, rates)

    monkeypatch.setattr(engine, "seed", noted)
    monkeypatch.setattr(model.adapter, "step", stepped)
    opener = threading.Thread(target=zoo.load, args=(MODELS[0],))
    model.freeze("nothing")
    model.train(data, zoo.TrainConfig(steps=1))
    opener.join()
    assert during == [False]


@pytest.mark.parametrize("model", MODELS)
def test_one_model_predicts_in_many_threads(model):
    images = np.random.default_rng(0).integers(0, 256, (24, 16, 16, 3), dtype=np.uint8)
    opened, trained = zoo.load(model), zoo.load(model)
    trained.freeze("backbone")
    trained.train(zoo.data(stripes(4)))

    def scores(number):
        return opened.embed(images[number]).tobytes(), trained.predict(images[number])[0].scores

    wanted = [scores(number) for number in range(len(images))]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            assert list(pool.map(scores, range(len(images)))) == wanted
