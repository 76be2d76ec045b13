"""Completion in a shell, by the shell itself where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from source_imports import FRAMEWORKS

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm", "transformers")]

BASH = """
eval "$(zoo completion bash)"
COMP_LINE={line!r}; COMP_POINT=${{#COMP_LINE}}
{function} zoo
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def complete(line: str) -> list[str]:
    """What bash would offer for a line with the cursor at its end."""
    script = BASH.format(line=line, function="_zoo_completion")
    folder = os.path.dirname(sys.executable)
    env = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=env, timeout=60)
    assert done.stderr == "", done.stderr
    return done.stdout.split()


def test_bash_completes_ids_on_both_sides_of_the_colon():
    assert "timm:" in complete("zoo show ")
    # bash has ended a word at the colon: what it gets replaces the part behind it.
    found = complete("zoo show timm:resnet18.a")
    assert found == ["resnet18.a1_in1k", "resnet18.a2_in1k", "resnet18.a3_in1k"]
    assert complete("zoo show resnet18.a1")[0] == "resnet18.a1_in1k"
    assert complete("zoo compare timm:resnet18.a1_in1k keras:VGG") == ["VGG16", "VGG19"]


def test_models_of_the_personal_shelf_are_completed(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path))
    assert "local:" not in complete("zoo show ")
    (tmp_path / "registry" / "flowers" / "1").mkdir(parents=True)
    (tmp_path / "registry" / ".new-1").mkdir()
    assert "local:" in complete("zoo show ")
    assert complete("zoo show local:") == ["flowers"]


def test_verbs_and_options_are_completed():
    assert "search" in complete("zoo se")
    assert "--license" in complete("zoo list --lic")
    assert complete("zoo finetune a b --task ") == [
        *("classification", "multi-label", "regression", "token-classification")
    ]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_take_the_script(shell):
    done = subprocess.run(
        [sys.executable, "-m", "zoo", "completion", shell], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0
    assert "_ZOO_COMPLETE" in done.stdout
    if shutil.which(shell):
        check = subprocess.run([shell, "-n", "/dev/stdin"], input=done.stdout, text=True, timeout=60)
        assert check.returncode == 0


def test_completing_loads_no_framework_and_no_records():
    code = """
import os, sys
sys.argv = ["zoo"]
from zoo.cli import main
try:
    main()
except SystemExit:
    pass
print("@@", *sorted({name.partition(".")[0] for name in sys.modules}))
"""
    env = {**os.environ, "_ZOO_COMPLETE": "bash_complete", "ZOO_LINE": "zoo show timm:resnet18.a1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=60)
    offered, _, loaded = done.stdout.partition("@@")
    assert "timm:resnet18.a1_in1k" in offered
    assert not {*FRAMEWORKS, "numpy", "pydantic", "rich", "huggingface_hub"} & set(loaded.split())


def typed(folder, *lines: str) -> list[str]:
    """What an interactive bash runs when each line is typed, a tab where it has one, and ended."""
    import pty
    import re

    keys = 'eval "$(zoo completion bash)"; zoo() { printf "<<%s>>\\n" "$*"; }; PS1=; \n'
    keys += "".join(f"zoo {line}\n" for line in lines) + "exit\n"
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "TERM": "dumb", "ZOO_HOME": str(folder / "home")}
    ours, theirs = pty.openpty()
    shell = subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        cwd=folder,
        env=env,
    )
    os.close(theirs)
    os.write(ours, keys.encode())
    out, _ = shell.communicate(timeout=120)
    os.close(ours)
    return re.findall(r"<<(.*?)>>", out.decode())


def test_an_interactive_bash_completes_files_schemes_and_local_names(tmp_path):
    (tmp_path / "runs" / "plain").mkdir(parents=True)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "rose one.jpg").write_bytes(b"")
    (tmp_path / "home" / "registry" / "flowers" / "1").mkdir(parents=True)
    assert typed(
        tmp_path,
        "predict runs/pl\tx",
        "finetune starter:glyphs ph\tx",
        "finetune starter:glyphs sam\tdigits",
        "evaluate local:fl\tx",
        "predict runs/plain photos/ro\t",
    ) == [
        "predict runs/plain/x",
        "finetune starter:glyphs photos/x",
        "finetune starter:glyphs sample:digits",
        "evaluate local:flowers x",
        "predict runs/plain photos/rose one.jpg",
    ]
