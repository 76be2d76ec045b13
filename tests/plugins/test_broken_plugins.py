"""A broken plugin is skipped whole and named; all others stay. Each in a process of its own."""

from __future__ import annotations

import re

import pytest
from installed_plugins import HEAD, PROBE, good, install, start

HOOK = HEAD + "@hookimpl\ndef zoo_sources({args}):\n    {body}\n"
SOURCE = 'Source(name={!r}, framework="torch", target="json:loads")'

BROKEN = {
    "import-error": ("import missing_library", r"ModuleNotFoundError: No module named 'missing_library'"),
    "syntax-error": ("def", r"SyntaxError: "),
    "exit": ("raise SystemExit(3)", r"SystemExit: 3"),
    "raises-in-hook": (HOOK.format(args="", body="1 / 0"), r"ZeroDivisionError: division by zero"),
    "generator-raises": (
        HOOK.format(args="", body=f"yield {SOURCE.format('bad')}; raise KeyError('k')"),
        r"KeyError: 'k'",
    ),
    "bad-signature": (
        HOOK.format(args="registry", body="return []"),
        r"zoo_sources asks for registry; its arguments are \(\)",
    ),
    "typo": (
        HOOK.format(args="", body="return []").replace("zoo_sources", "zoo_sorces"),
        r"there is no hook zoo_sorces; did you mean zoo_sources",
    ),
    "unmarked-typo": (
        good("bad") + "\ndef zoo_dataset(): ...\n",
        r"there is no hook zoo_dataset; did you mean",
    ),
    "unmarked": ("def zoo_sources(): ...", r"zoo_sources is not marked with @hookimpl"),
    "no-hook": ("x = 1", r"it has no hook"),
    "none": (
        HOOK.format(args="", body="return None"),
        r"zoo_sources gave NoneType; it must yield zoo.plugin.Source",
    ),
    "text": (HOOK.format(args="", body="return 'bad'"), r"zoo_sources gave str"),
    "one-record": (HOOK.format(args="", body=f"return {SOURCE.format('bad')}"), r"zoo_sources gave Source"),
    "wrong-type": (HOOK.format(args="", body="yield {'name': 'bad'}"), r"zoo_sources gave a dict"),
    "wrong-record": (
        HOOK.format(args="", body="yield Command(name='bad', target='a:b')"),
        r"zoo_sources gave a Command",
    ),
    "endless": (
        HOOK.format(args="", body=f"while True: yield {SOURCE.format('bad')}"),
        r"zoo_sources gave more than 1000 records",
    ),
    "bad-field": (
        HOOK.format(args="", body=f"yield {SOURCE.format('B A D')}"),
        r"TypeError: Source.name must be",
    ),
    "wrapper": (
        HOOK.format(args="", body="yield").replace("@hookimpl", "@hookimpl(wrapper=True)"),
        r"a hook is marked as a wrapper",
    ),
    "slow": ("import time; time.sleep(30)", r"took longer than 0.5 s"),
    "slow-in-hook": (HOOK.format(args="", body="import time; time.sleep(30)"), r"took longer than 0.5 s"),
    "stubborn": (
        "import time\ntry:\n    time.sleep(30)\nexcept Exception:\n    pass\n" + good("bad"),
        r"took longer than 0.5 s",
    ),
    "double-name": (
        HOOK.format(args="", body=f"return [{SOURCE.format('bad')}, {SOURCE.format('bad')}]"),
        r"it offers source bad twice",
    ),
    "name-of-ours": (good("timm"), r"it offers source timm, which is the name .* timm \(zoo-adapters\)"),
    "framework-of-ours": (
        HEAD + "@hookimpl\ndef zoo_engines():\n    yield Engine('mine', 'torch', 'a:b')\n",
        r"it offers engine for torch, which is",
    ),
    "verb-of-ours": (
        HEAD + "@hookimpl\ndef zoo_commands():\n    yield Command('list', 'a:b')\n",
        r"it offers command list, which is zoo's own",
    ),
    "name-of-the-registry": (
        good("local"),
        r"it offers source local, and local: stands for your local registry",
    ),
    "name-of-addresses": (good("https"), r"it offers source https, and https: stands for addresses"),
    "name-of-another": (good("another"), r"it offers source another, which is the name .* \(zoo-aaa\)"),
    "asks-too-early": (
        "from zoo.plugins.manager import manager\nmanager()",
        r"PluginError: a plugin used the plugin manager while plugins were loaded",
    ),
    "orphan": (None, r"its module zoo_bad is gone"),
    "hostile-text": (
        "raise ValueError('line\\n\\x1b[31mred' + 'x' * 999)",
        r"ValueError: line \\x1b\[31mredx+\.\.\.",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_plugin_is_skipped_and_named(fault, tmp_path):
    code, reason = BROKEN[fault]
    install(tmp_path, "aaa", good("another"))
    install(tmp_path, "bad", code)
    install(tmp_path, "zzz", good("last"))
    done, answer = start(tmp_path, ZOO_PLUGIN_TIMEOUT="0.5")
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, lines
    assert re.match(rf"zoo: plugin bad \(zoo-bad 0\.3\.1\) skipped: {reason}", lines[0]), lines
    assert lines[0].endswith("; hint: pip uninstall zoo-bad, or ZOO_PLUGINS=-bad")
    assert answer["reports"]["bad"][0] == "failed"
    assert re.match(reason, answer["reports"]["bad"][1])
    assert {"timm", "another", "last"} <= set(answer["sources"])
    assert "zoo-bad" not in answer["owners"].values()


def test_ours_come_first_whatever_a_stranger_is_called(tmp_path):
    install(tmp_path, "bad", good("timm"), dist="aaa")
    done, answer = start(tmp_path)
    assert "plugin bad (aaa 0.3.1) skipped: it offers source timm" in done.stderr
    assert answer["owners"]["timm"] == "zoo-adapters"


def test_a_plugin_that_kills_the_process_is_named_from_then_on(tmp_path):
    install(tmp_path, "bad", "import os; os._exit(9)")
    install(tmp_path, "zzz", good("last"))
    assert start(tmp_path)[0].returncode == 9
    for _ in range(2):
        done, answer = start(tmp_path)
        assert "zoo: plugin bad (zoo-bad 0.3.1) skipped: a process died while it was importing" in done.stderr
        assert "zoo plugins --retry bad" in done.stderr
        assert "last" in answer["sources"]
    (tmp_path / "zoo_bad.py").write_text(good("mended"))
    retry = "import sys; sys.argv = ['zoo', 'plugins', '--retry', 'bad']; from zoo.cli import main; main()"
    assert "source mended" in start(tmp_path, retry)[0].stdout
    assert "mended" in start(tmp_path)[1]["sources"]


def test_an_upgrade_is_tried_again(tmp_path):
    install(tmp_path, "bad", "import os; os._exit(9)")
    assert start(tmp_path)[0].returncode == 9
    (tmp_path / "zoo_bad-0.3.1.dist-info").rename(tmp_path / "zoo_bad-0.3.2.dist-info")
    (tmp_path / "zoo_bad.py").write_text(good("mended"))
    assert "mended" in start(tmp_path)[1]["sources"]


@pytest.mark.parametrize("death", ["raise KeyboardInterrupt", "raise ValueError", "x = 1"])
def test_an_import_that_ends_leaves_no_breadcrumb(death, tmp_path):
    install(tmp_path, "bad", death)
    done, _ = start(tmp_path)
    assert ("KeyboardInterrupt" in done.stderr) == ("Keyboard" in death)
    assert not list((tmp_path / "home" / "cache" / "plugins").iterdir())


def test_another_process_that_is_importing_now_is_not_taken_for_dead(tmp_path):
    """Two starts at the same time: the first is still inside the import when the second looks."""
    install(
        tmp_path,
        "nested",
        "import os, subprocess, sys\n"
        "if 'INSIDE' not in os.environ:\n"
        "    env = dict(os.environ, INSIDE='1')\n"
        "    code = 'from zoo.plugins.manager import manager; assert \"nested\" in manager().sources()'\n"
        "    subprocess.run([sys.executable, '-c', code], env=env, check=True)\n" + good("nested"),
    )
    done, answer = start(tmp_path)
    assert "nested" in answer["sources"], done.stderr


def test_plugins_work_without_a_cache(tmp_path):
    install(tmp_path, "fine", good("fine"))
    (tmp_path / "file").write_text("")
    done, answer = start(tmp_path, ZOO_HOME=str(tmp_path / "file" / "below"))
    assert "fine" in answer["sources"]
    assert not done.stderr


def test_two_versions_in_one_folder_are_skipped_and_named(tmp_path):
    install(tmp_path, "bad", good("bad"))
    install(tmp_path, "bad", None, version="0.4.0")
    done, answer = start(tmp_path)
    assert "two versions lie in" in done.stderr
    assert "0.3.1 and 0.4.0" in done.stderr
    assert "bad" not in answer["sources"]


def test_of_two_versions_on_the_path_the_first_counts_and_the_other_is_named(tmp_path):
    install(tmp_path / "a", "twin", good("new"), version="2.0")
    install(tmp_path / "b", "twin", good("old"), version="1.0")
    done, answer = start(tmp_path / "a", PROBE, tmp_path / "b")
    assert "zoo: plugin twin (zoo-twin 1.0) skipped: version 2.0 in" in done.stderr
    assert "new" in answer["sources"]
    assert "old" not in answer["sources"]


def test_unreadable_metadata_harm_nobody(tmp_path):
    install(tmp_path, "bad", good("bad"))
    (tmp_path / "zoo_bad-0.3.1.dist-info" / "entry_points.txt").write_text("[zoo]\nno equals sign\n")
    install(tmp_path, "binary", good("binary"))
    (tmp_path / "zoo_binary-0.3.1.dist-info" / "entry_points.txt").write_bytes(b"[zoo]\nx=\xff\xfe")
    done, answer = start(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "plugin zoo-bad (zoo-bad 0.3.1) skipped: its entry_points.txt cannot be read" in done.stderr
    assert "timm" in answer["sources"]
