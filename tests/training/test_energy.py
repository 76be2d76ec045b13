"""Electricity and CO2, through codecarbon."""

from __future__ import annotations

import json

import pytest
from starters import MODELS, stripes

import zoo
from zoo.errors import ConfigError

pytestmark = [pytest.mark.engine, pytest.mark.needs("codecarbon")]


def test_energy_stands_in_the_report_and_says_how_it_is_known(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = zoo.finetune(MODELS[0], zoo.data(stripes(20)), out=tmp_path / "run", energy="SWE", baselines="none")
    found = run.cost.energy
    assert found.kwh == pytest.approx(sum(part.kwh for part in found.parts.values()))
    assert 0 < found.kwh < 0.01
    # Units: the grid of Sweden is at some tens of grams a kWh, and the answer is in kilograms.
    assert 20 < found.grams_per_kwh < 80
    assert found.kg_co2 == pytest.approx(found.kwh * found.grams_per_kwh / 1000)
    assert not found.parts["ram"].measured
    kept = json.loads((tmp_path / "run" / "report.json").read_text())
    assert kept["energy"]["kwh"] == found.kwh
    assert "g CO2e (SWE" in run.html.read_text()
    assert "g CO2e (SWE" in (tmp_path / "run" / "README.md").read_text()
    assert "codecarbon" not in capfd.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["run"], "codecarbon writes no file of its own"


def test_the_world_stands_in_for_a_country(tmp_path):
    run = zoo.finetune(
        MODELS[0], zoo.data(stripes(8)), out=tmp_path / "run", energy="world", baselines="none"
    )
    assert 300 < run.cost.energy.grams_per_kwh < 600


def test_a_country_that_is_none_is_found_before_anything_is_trained(tmp_path):
    for wrong, hint in (("FRENCH", "FRA"), ("starter:glyphs", "--energy=FRA"), ("fra", "FRA")):
        with pytest.raises(ConfigError, match="is no country") as caught:
            zoo.finetune(MODELS[0], zoo.data(stripes(8)), out=tmp_path / "run", energy=wrong)
        assert hint in caught.value.hint
    assert not (tmp_path / "run").exists()
