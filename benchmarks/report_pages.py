"""The Nu HTML checker on report pages: what it says of each.

    python benchmarks/report_pages.py --checker vnu.jar PAGE... [--save report-pages]

The checker is in the npm package ``vnu-jar``; it needs Java. Its note that thumbnails break the page's own
content policy is left out: the policy allows ``data:`` images, and browsers show them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from record import record

NOTE = "Resource violates Content Security Policy (meta tag): image “data:"


def checked(checker: Path, page: Path) -> dict[str, Any]:
    command = ["java", "-jar", str(checker), "--format", "json", "--exit-zero-always", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = [one for one in json.loads(done.stderr)["messages"] if not one["message"].startswith(NOTE)]
    kinds = Counter(one.get("subType") or one["type"] for one in said)
    return {
        "page": page.name,
        "bytes": page.stat().st_size,
        "errors": kinds["error"] + kinds["fatal"],
        "warnings": kinds["warning"],
        "messages": sorted({one["message"] for one in said}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--checker", type=Path, required=True)
    parser.add_argument("--save")
    args = parser.parse_args()
    command = ["java", "-jar", str(args.checker), "--version"]
    version = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    found = [checked(args.checker, page) for page in args.pages]
    print(json.dumps(found, indent=1))
    if args.save:
        print(record(args.save, {"checker": f"Nu HTML checker {version}", "pages": found}))


if __name__ == "__main__":
    main()
