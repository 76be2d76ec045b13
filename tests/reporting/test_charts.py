"""Our own small charts."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from zoo.reporting.charts.axis import labels, ticks, whole
from zoo.reporting.charts.lines import WIDTH, Line, apart, lines
from zoo.reporting.charts.matrix import matrix


@pytest.mark.parametrize("ends", [(0, 1), (0.93, 0.96), (-4e-9, 2e-9), (5, 5), (0, 0), (1e12, 3e12)])
def test_ticks_are_round_and_hold_all(ends):
    found = ticks(*ends)
    assert 2 <= len(found) <= 8
    assert found[0] <= ends[0] + 1e-9 * abs(ends[0])
    assert found[-1] >= ends[1] - 1e-9 * abs(ends[1])
    assert len(set(labels(found, False))) == len(found), "two ticks that read the same tell nothing"


def test_epochs_are_whole_and_the_last_is_named():
    assert whole(1, 1) == [1]
    assert whole(1, 300)[-1] == 300
    assert len(whole(1, 300)) <= 8


def test_a_line_with_gaps_and_odd_names_is_sound_svg():
    nan = float("nan")
    chart = lines(
        [Line("<a> & b", [1, 2, 3], [0.5, nan, 0.25]), Line("c", [1, 2], [None, 1.0], 2)], '"t"', kept=2
    )
    tree = ElementTree.fromstring(str(chart))
    assert "<a> & b" in [element.text for element in tree.iter("text")]
    for element in tree.iter("circle"):
        assert 0 <= float(element.get("cx")) <= WIDTH
    assert lines([Line("a", [1, 2], [nan, None])], "t") == ""


def test_names_do_not_overlap():
    found = apart([10, 11, 12, 100], 15, 4, 190)
    order = sorted(found)
    assert all(b - a >= 15 for a, b in pairwise(order))
    assert 4 <= order[0] <= order[-1] <= 190


def test_a_large_confusion_matrix_stays_small():
    cells = [(i, (i * 7) % 1000, 3) for i in range(1000)]
    chart = str(matrix(cells, 1000))
    ElementTree.fromstring(chart)
    assert len(chart) < 30_000
