"""Workflows name dependency groups, extras and Python versions that exist, and agree with pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
import yaml
from repository import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PROJECT["dependency-groups"]
EXTRAS = PROJECT["project"]["optional-dependencies"]


def matrix(name: str, job: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    tree = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
    found = tree["jobs"][job]["strategy"]["matrix"]
    return found, found["include"]


def extras_of(group: str) -> set[str]:
    """The extras that a group asks for, those of the groups that it includes too."""
    found: set[str] = set()
    for one in GROUPS[group]:
        if isinstance(one, dict):
            found |= extras_of(one["include-group"])
        elif match := re.fullmatch(r"zoo-adapters\[(.*)\]", one):
            found |= set(match[1].split(","))
    return found


def closure(extras: set[str]) -> set[str]:
    """Extras and the extras that they include."""
    found = set(extras)
    for extra in extras:
        for one in EXTRAS[extra]:
            if match := re.match(r"zoo-adapters\[(.*)\]", one):
                found |= closure(set(match[1].split(",")))
    return found


def test_every_part_is_tested_with_every_python():
    table, include = matrix("tests.yml", "tests")
    classifiers = PROJECT["project"]["classifiers"]
    assert table["python"] == [one.split(" :: ")[-1] for one in classifiers if ":: 3." in one]
    assert {one["half"] for one in include} == set(table["half"]) == {"core", "torch", "tensorflow"}
    assert {one["group"] for one in include} <= set(GROUPS)


@pytest.mark.parametrize("group", ["test-core", "test", "test-tensorflow"])
def test_the_lowest_versions_are_those_of_all_that_a_group_needs(group):
    table, include = matrix("versions.yml", "versions")
    assert group in table["group"]
    assert set(table["which"]) == {"lowest", "newest"}
    (extras,) = (set(one["extras"].split(",")) for one in include if one.get("group") == group)
    assert closure(extras) == closure(extras_of(group))
    (lowest,) = (one for one in include if one.get("which") == "lowest")
    assert "lowest-direct" in lowest["flags"]
    assert lowest["python"] == PROJECT["project"]["requires-python"].removeprefix(">=")
