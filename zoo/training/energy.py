"""Electricity and CO2 of a training, by codecarbon offline: it asks no server and writes no file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from zoo.errors import ConfigError, MissingPlugin
from zoo.runs.report_schema import Energy, EnergyPart
from zoo.utils.suggestions import did_you_mean

WORLD = "world"
"""In place of a country: the world's mean."""
_EVERY = 5
"""Seconds between two readings."""
_METERS = {
    "intel_rapl": "RAPL",
    "intel_power_gadget": "Power Gadget",
    "windows_emi": "the Energy Meter Interface",
}
"""Modes of codecarbon's CPU in which a meter is read."""
_CHIPS = {"AppleSiliconChip": "PowerMetrics", "Raspberry": "the board's meter"}


@dataclass
class Reading:
    """What was found; None before the end, or where codecarbon gave nothing."""

    energy: Energy | None = None


def require_energy(country: str | None) -> None:
    """Refuse what cannot be measured, before anything is trained.

    Raises:
        MissingPlugin: codecarbon is not installed.
        ConfigError: no such country.
    """
    if country is None:
        return
    try:
        from codecarbon.input import DataSource
    except ImportError:
        raise MissingPlugin(
            "energy is measured by codecarbon, which is not installed",
            hint='pip install "zoo-adapters[energy]", or leave --energy out',
        ) from None
    source: Any = DataSource
    known = list(source().get_global_energy_mix_data())
    if country != WORLD and country not in known:
        raise ConfigError(
            f"energy {country[:40]!r} is no country of codecarbon's",
            hint=did_you_mean(country.upper(), known)
            or "use a code of three letters, FRA say, or world: --energy=FRA",
        )


@contextmanager
def metered(country: str | None) -> Iterator[Reading]:
    """Measure what happens inside; nothing where ``country`` is None.

    Meters measure the whole processor and each whole GPU, including other programs; where there is none,
    the process's share of the load is counted.
    """
    reading = Reading()
    if country is None:
        yield reading
        return
    from codecarbon import OfflineEmissionsTracker

    # It talks on standard error from its first line on, before it looks at log_level.
    logging.getLogger("codecarbon").setLevel(logging.CRITICAL)
    tracker = OfflineEmissionsTracker(
        country_iso_code=None if country == WORLD else country,
        output_methods=[],
        tracking_mode="process",
        measure_power_secs=_EVERY,
        allow_multiple_runs=True,
        log_level="critical",
    )
    tracker.start()
    try:
        yield reading
    finally:
        tracker.stop()
        found = getattr(tracker, "final_emissions_data", None)
        if found is not None:
            reading.energy = _read(tracker, found, country)


def _read(tracker: Any, found: Any, country: str) -> Energy:
    meters = {type(one).__name__: getattr(one, "_mode", "") for one in getattr(tracker, "_hardware", ())}
    parts = {}
    for name, kind in (("cpu", "CPU"), ("gpu", "GPU"), ("ram", "RAM")):
        kwh = float(getattr(found, f"{name}_energy"))
        if kind in meters or kwh:
            how, measured = _how(kind, meters)
            parts[name] = EnergyPart(kwh=kwh, measured=measured, how=how)
    kwh = float(found.energy_consumed)
    return Energy(
        kwh=kwh,
        kg_co2=float(found.emissions),
        grams_per_kwh=1000 * float(found.emissions) / kwh if kwh else 0.0,
        country=country,
        parts=parts,
        tool=f"codecarbon {found.codecarbon_version}",
    )


def _how(kind: str, meters: dict[str, str]) -> tuple[str, bool]:
    """Return how codecarbon knows what a part takes, and whether a meter was read."""
    if kind == "GPU":
        return "the driver's meter", True
    if kind == "RAM":
        return "from the number of modules", False
    if other := next((how for name, how in _CHIPS.items() if name in meters), None):
        return other, True
    mode = meters.get("CPU", "")
    if mode in _METERS:
        return _METERS[mode], True
    return "from load and rated power", False
