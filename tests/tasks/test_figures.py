"""What a task states about its metrics decides how they are printed."""

from __future__ import annotations

import pytest
from metric_cases import metric_cases

from zoo.core.figures import COUNT, LOSS, Figure, figure_of, share
from zoo.plugins.tasks import task_names, task_type


@pytest.mark.parametrize(
    ("figure", "value", "text"),
    [
        (share("accuracy"), 0.9725, "97.2%"),
        (LOSS, 0.123456, "0.1235"),
        (COUNT, 12.0, "12"),
        (LOSS, float("nan"), "-"),
        (share("accuracy"), None, "-"),
    ],
)
def test_a_value_is_printed_in_its_unit(figure, value, text):
    assert figure.text(value) == text


def test_a_difference_of_shares_is_in_points():
    assert (share("f1").difference(-0.0525), share("f1").points) == ("\N{MINUS SIGN}5.2", "points")
    assert (LOSS.difference(0.5), LOSS.points) == ("+0.5", "")


def test_a_log_names_a_metric_with_its_split():
    figures = {"mae": Figure(title="mean absolute error", better="min")}
    assert figure_of(figures, "val_mae").title == "val mean absolute error"
    assert figure_of(figures, "leave_one_out_mae").title == "leave one out mean absolute error"
    assert figure_of(figures, "val_mae").better == "min"
    assert figure_of(figures, "new_figure") == Figure(title="new figure")


@pytest.mark.parametrize("name", task_names())
def test_every_task_states_its_own_metric_and_the_loss(name):
    task = task_type(name)
    assert {task.metric, "loss"} <= set(task.figures)
    assert task.figures[task.metric].better == task.direction
    assert all(figure.title for figure in task.figures.values())


@pytest.mark.parametrize("case", list(metric_cases()), ids=lambda case: case.name)
def test_every_figure_that_a_task_computes_is_stated(case):
    rows = case.task.observe(case.outputs, case.targets)
    columns = {column for row in case.task.per_name(rows).values() for column in row}
    assert {*case.task.metrics(rows), *columns} <= set(case.task.figures)
