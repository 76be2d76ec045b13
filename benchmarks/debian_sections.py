"""A real text task from what every Debian machine carries: the section of a package by its description.

    python benchmarks/debian_sections.py [--out debian-sections.csv]

Built from ``apt-cache dumpavail`` (the index that apt keeps of the release in use; nothing is fetched): the
short description of every package of sixteen sections that speak of a subject rather than of a programming
language or a kind of file. Words of the package's own name and its source's are removed, since the name is
often the answer; what has fewer than three words left is dropped, and of equal descriptions all but the
first. Packages of one source stay together: the split is by source, two thirds to train and one third to
test, drawn by a hash of the source's name. Columns: ``text,label,split,source``.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

SECTIONS = (
    "comm", "database", "editors", "electronics", "games", "graphics", "hamradio",
    "mail", "math", "net", "science", "sound", "text", "vcs", "video", "web",
)  # fmt: skip
_WORD = re.compile(r"[a-z0-9]+")


def packages() -> Iterator[dict[str, str]]:
    """The fields of every package that apt knows."""
    listed = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, check=True).stdout
    for block in listed.decode("utf-8", "replace").split("\n\n"):
        fields = (line.partition(": ") for line in block.splitlines() if not line.startswith(" "))
        found = {name: value for name, _, value in fields}
        if "Package" in found:
            yield found


def rows() -> list[tuple[str, str, str, str]]:
    """(text, label, split, source), sorted."""
    seen: set[str] = set()
    found = []
    for package in sorted(packages(), key=lambda package: package["Package"]):
        section = package.get("Section", "").rpartition("/")[2]
        if section not in SECTIONS:
            continue
        source = package.get("Source", package["Package"]).partition(" ")[0]
        names = {*_WORD.findall(package["Package"].lower()), *_WORD.findall(source.lower())}
        kept = [
            word
            for word in package.get("Description", "").split()
            if not set(_WORD.findall(word.lower())) & {name for name in names if len(name) > 2}
        ]
        text = " ".join(kept)
        if len(kept) < 3 or text.lower() in seen:
            continue
        seen.add(text.lower())
        third = int(hashlib.sha256(source.encode()).hexdigest(), 16) % 3
        found.append((text, section, "test" if third == 0 else "train", source))
    return found


def write(path: Path) -> Counter[tuple[str, str]]:
    """Write the table; how many rows each section and split has."""
    table = rows()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label", "split", "source"))
        writer.writerows(table)
    return Counter((label, split) for _, label, split, _ in table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("debian-sections.csv"))
    counts = write(parser.parse_args().out)
    for section in SECTIONS:
        print(section, counts[section, "train"], counts[section, "test"], file=sys.stderr)
    print("all", sum(counts.values()), file=sys.stderr)


if __name__ == "__main__":
    main()
