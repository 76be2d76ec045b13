"""Blocks of a task's section: drawn without the task, and those of the task's own package."""

from __future__ import annotations

import sys

import pytest
from pydantic import BaseModel, TypeAdapter

from zoo.core.figures import share
from zoo.reporting.blocks import drawn
from zoo.reporting.task_section import BlockTemplate, ReportSection
from zoo.reporting.templates import render
from zoo.runs.report_blocks import Bars, Block, Custom, Matrix, Points, Scatter, TableBlock

SCRIPT = "<script>alert(1)</script>"
GENERIC = (
    Matrix(names=("a", SCRIPT), cells=((0, 0, 3), (0, 1, 2)), totals=(5, 0)),
    Scatter(series=(Points(name=SCRIPT, truth=(1.0, 2.0), said=(1.5, 2.5)),)),
    Bars(title="Calibration", figure=share("accuracy"), bars=((SCRIPT, 0.25), ("b", 0.5))),
    TableBlock(title="Costs", columns=("name", SCRIPT), rows=((SCRIPT, 1234), ("b", 0.51239), ("c", None))),
)


class Histogram(BaseModel):
    counts: list[int]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package with a template, and the section of a task that names it."""
    (tmp_path / "acme_blocks").mkdir()
    (tmp_path / "acme_blocks" / "__init__.py").write_text("")
    template = "<b>{{ title }}</b>{% for one in data.counts %}<i>{{ one }}</i>{% endfor %}{{ text }}"
    (tmp_path / "acme_blocks" / "histogram.html").write_text(template)
    monkeypatch.syspath_prepend(tmp_path)

    class Section(ReportSection):
        templates = {  # noqa: RUF012
            "histogram": BlockTemplate("acme_blocks", "histogram.html", Histogram),
            "outside": BlockTemplate("acme_blocks", "../secret.html", Histogram),
        }

    monkeypatch.setattr("zoo.reporting.blocks.section_of", lambda kind: Section())
    yield
    sys.modules.pop("acme_blocks", None)


def page(block) -> str:
    return render("block.html", drawn=drawn(block, "acme"), on=" on val")


@pytest.mark.parametrize("block", GENERIC, ids=lambda block: block.kind)
def test_a_generic_block_needs_no_task_and_names_in_it_are_text(block):
    text = page(block)
    assert f"{block.title} on val" in text
    assert SCRIPT not in text
    assert "&lt;script&gt;" in text


def test_numbers_are_printed_in_their_unit():
    assert "25.0%" in page(GENERIC[2])
    table = page(GENERIC[3])
    assert "<td>1,234</td>" in table
    assert "<td>0.5124</td>" in table
    assert "<td>-</td>" in table


@pytest.mark.parametrize("block", [*GENERIC, Custom(name="x", data={"a": [1]})], ids=lambda block: block.kind)
def test_a_block_comes_back_from_its_file(block):
    tree = block.model_dump(mode="json", exclude_defaults=True)
    assert TypeAdapter(Block).validate_python(tree) == block


def test_a_block_of_the_task_is_drawn_by_its_package_and_escaped(package):
    text = page(Custom(name="histogram", title=SCRIPT, text="<u>", data={"counts": [3, 4]}))
    assert "<i>3</i><i>4</i>" in text
    assert SCRIPT not in text
    assert "<u>" not in text


@pytest.mark.parametrize(
    ("block", "why"),
    [
        (Custom(name="histogram", data={"counts": ["many"]}), "ValidationError"),
        (Custom(name="outside", data={"counts": [1]}), "TemplateNotFound"),
        (Custom(name="../../secret.html", data={}), "has no template"),
    ],
    ids=["data", "path", "name"],
)
def test_a_block_that_cannot_be_drawn_costs_itself_alone(package, block, why):
    text = page(block)
    assert "Not shown:" in text
    assert why in text


def test_a_block_of_a_task_that_is_not_installed_is_named():
    assert "Not shown:" in page(Custom(name="histogram", title="Histogram", data={}))
