"""Figures come from rows alone: as they were, and whatever batches the rows were observed in."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from metric_cases import FILE, metric_cases

from zoo.core.rows import count, joined, take
from zoo.reporting.sections import exhibit

CASES = {case.name: case for case in metric_cases()}
RECORDED = json.loads(FILE.read_text(encoding="utf-8"))


def plain(found):
    """As JSON has it: lists for tuples, None for NaN."""
    return json.loads(json.dumps(found, default=float).replace("NaN", "null"))


def assert_equal(found, wanted, exact):
    """Counts to the bit, other numbers to 9 digits: exponentials differ among processors, and quantiles of
    Student's t in the tenth digit between SciPy 1.13 and 1.17."""
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        if isinstance(value, dict):
            assert_equal(found[name], value, exact)
        elif exact or not isinstance(value, float):
            assert found[name] == value, name
        else:
            assert found[name] == pytest.approx(value, rel=1e-9), name


@pytest.mark.parametrize("name", CASES)
def test_figures_are_those_recorded_before_there_were_rows(name):
    case, wanted = CASES[name], RECORDED[name]
    task, rows = case.task, case.task.observe(case.outputs, case.targets)
    metrics, recorded = plain(task.metrics(rows)), wanted["metrics"]
    assert next(iter(metrics)) == task.metric
    loss = metrics.pop("loss")
    assert loss == pytest.approx(recorded.pop("loss"), rel=1e-13)
    assert_equal(metrics, recorded, exact=True)
    assert_equal(plain(task.per_name(rows)), wanted["per_name"], exact=True)
    weighted = task.loss(task.observe(case.outputs, case.targets, case.weights))
    assert weighted == pytest.approx(wanted["weighted_loss"], rel=1e-13)
    assert task.prior_loss(case.targets, case.targets) == pytest.approx(wanted["prior_loss"], rel=1e-13)
    gain = task.gain(rows, task.observe(case.other, case.targets)).model_dump()
    assert_equal(plain(gain), wanted["gain"], exact=False)


@pytest.mark.parametrize("name", CASES)
def test_the_page_shows_what_was_recorded_before_there_were_rows(name):
    case, wanted = CASES[name], RECORDED[name]
    found = exhibit(case.task, case.task.observe(case.outputs, case.targets))
    intervals = {key: value and value.model_dump() for key, value in found.intervals.items()}
    assert plain(intervals) == wanted["intervals"]
    assert found.wrong == wanted["wrong"]
    shown = [[one.row, one.truth, one.said, one.score, len(one.marks)] for one in found.mistakes]
    for one, other in zip(shown, wanted["mistakes"], strict=True):
        assert one[:3] + one[4:] == other[:3] + other[4:]
        assert one[3] == other[3] or math.isclose(one[3], other[3], rel_tol=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_rows_of_batches_in_any_order_are_those_of_one_batch_to_the_bit(name):
    case = CASES[name]
    random = np.random.default_rng(1)
    order = random.permutation(len(case.targets))
    cuts = np.split(order, np.sort(random.choice(len(order) - 1, 5, replace=False)) + 1)
    parts = [case.task.observe(case.outputs[cut], case.targets[cut], case.weights) for cut in cuts]
    rows = take(joined(parts), np.argsort(order))
    whole = case.task.observe(case.outputs, case.targets, case.weights)
    assert count(rows) == len(order)
    for column, values in whole.items():
        for one, other in zip(rows[column], values, strict=True):
            np.testing.assert_array_equal(one, other, err_msg=column)
    np.testing.assert_equal(case.task.metrics(rows), case.task.metrics(whole))
    np.testing.assert_equal(case.task.per_name(rows), case.task.per_name(whole))


@pytest.mark.parametrize("name", CASES)
def test_the_loss_of_a_batch_is_that_of_its_parts_by_their_mass(name):
    case = CASES[name]
    task, weights = case.task, case.weights
    if name.startswith("words"):  # The mass counts words that the model did not see; engines correct for it.
        case = case._replace(outputs=task.constant_outputs(task.prior(case.targets), case.targets))
    parts = (slice(0, 5), slice(5, 18), slice(18, None))
    wanted = task.loss(task.observe(case.outputs, case.targets, weights))
    masses = [task.mass(case.targets[part], weights) for part in parts if len(case.targets[part])]
    losses = [
        task.loss(task.observe(case.outputs[part], case.targets[part], weights))
        for part in parts
        if len(case.targets[part])
    ]
    assert np.dot(losses, masses) / task.mass(case.targets, weights) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_encoded_labels_have_the_stated_form(name):
    case = CASES[name]
    spec, some = case.task.target, case.targets
    if spec.axes is None:
        assert (some.dtype, some.ndim) == (object, 1)
        some = np.concatenate([*some])
    else:
        assert some.shape == (len(some), *spec.axes)
    assert some.dtype == spec.dtype
    if spec.classes is not None:
        assert 0 <= some.min() <= some.max() < spec.classes


def test_columns_of_several_lengths_are_refused():
    with pytest.raises(ValueError, match="one length"):
        count({"a": np.zeros(2), "b": np.zeros(3)})
