"""What importing a plugin costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint

from zoo.testing.result import NotApplicable, demand, listed
from zoo.testing.subject import Subject

HEAVY = (
    "jax",
    "keras",
    "pandas",
    "scipy",
    "sklearn",
    "tensorflow",
    "timm",
    "torch",
    "torchvision",
    "transformers",
)

_SCRIPT = """
import json, sys
from importlib.metadata import EntryPoint
name, value, heavy = json.loads(sys.argv[1])
import zoo
before = set(sys.modules)
plugin = EntryPoint(name, value, "zoo").load()
for hook in ("zoo_sources", "zoo_engines", "zoo_datasets", "zoo_commands"):
    if hasattr(plugin, hook):
        list(getattr(plugin, hook)())
print("HEAVY", json.dumps(sorted(m for m in heavy if m in sys.modules and m not in before)))
"""


def check_import_is_light(subject: Subject) -> None:
    """Importing the plugin's package and calling its hooks imports no framework.

    Every start of the command line pays for it, also of those who use another plugin.
    """
    entries = _entries(subject)
    if not entries:
        raise NotApplicable(f"no entry point of the group zoo offers {subject.source.name!r}")
    for entry in entries:
        result = subprocess.run(
            [sys.executable, "-c", _SCRIPT, json.dumps([entry.name, entry.value, HEAVY])],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            timeout=120,
            check=False,
        )
        answer = next((line for line in result.stdout.splitlines() if line.startswith("HEAVY ")), None)
        demand(
            answer is not None, f"{entry.value} cannot be imported by itself: {result.stderr.strip()[-500:]}"
        )
        assert answer is not None
        found = json.loads(answer.removeprefix("HEAVY "))
        demand(
            not found,
            f"importing {entry.value} imports {listed(found)}",
            "import frameworks in the module that the record's target names, not in __init__.py",
        )


def _entries(subject: Subject) -> list[EntryPoint]:
    """Return the entry points of the plugins that offer the subject's source and engine."""
    from zoo.plugins.discovery import candidates
    from zoo.plugins.manager import manager

    offering = {
        (report.name, report.distribution)
        for report in manager().reports()
        if subject.source in report.offers or subject.engine_record in report.offers
    }
    return [one.entry for one in candidates() if one.entry and (one.name, one.distribution) in offering]
