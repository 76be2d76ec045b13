"""One idea a file: a file that grows past 400 lines is two ideas."""

from __future__ import annotations

from repository import ROOT


def test_no_file_holds_two_ideas():
    folders = ("zoo", "plugins", "adapters", "tests", "benchmarks", "examples")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    long = {
        str(file.relative_to(ROOT)): n for file in files if (n := len(file.read_text().splitlines())) > 400
    }
    assert not long
    ours = sorted(len(file.read_text().splitlines()) for file in files if "tests" not in file.parts)
    assert ours[int(len(ours) * 0.9)] <= 200, "most files stay under 200 lines"
