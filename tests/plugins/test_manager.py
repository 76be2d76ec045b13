"""What the manager answers: choice by environment, strictness, lookups, events, live objects."""

from __future__ import annotations

import os
import signal

import pytest
from installed_plugins import PROBE, good, install, start

from zoo.errors import MissingPlugin, PluginError, UnknownModel
from zoo.plugin import DataScheme, Engine, Source, hookimpl
from zoo.plugins.import_target import lacking, load_target
from zoo.plugins.manager import PluginManager, manager
from zoo.utils.signals import Interrupts, Terminated

OURS = {"hf", "keras", "sample", "starter", "tasks", "tensorflow", "tfhub", "timm", "torch"}


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        (None, {"aaa", "bbb", "ccc"}),
        ("aaa,ccc", {"aaa", "ccc"}),
        ("zoo-aaa", {"aaa"}),
        (" aaa , ", {"aaa"}),
        ("", set()),
        ("-aaa", {"bbb", "ccc"}),
        ("-aaa,-zoo-bbb", {"ccc"}),
        ("aaa,bbb,-aaa", {"bbb"}),
    ],
)
def test_zoo_plugins_chooses(value, taken, tmp_path):
    for name in ("aaa", "bbb", "ccc"):
        install(tmp_path, name, f"import sys; print('imported {name}', file=sys.stderr)\n" + good(name))
    done, answer = start(tmp_path, **({} if value is None else {"ZOO_PLUGINS": value}))
    assert {name for name in ("aaa", "bbb", "ccc") if name in answer["sources"]} == taken
    assert {line.split()[1] for line in done.stderr.splitlines()} == taken, "the others are not even imported"
    left_out = {name for name, (status, *_) in answer["reports"].items() if status == "disabled"}
    assert left_out == {"aaa", "bbb", "ccc"} - taken
    assert set(answer["reports"]) >= OURS
    assert not any(answer["reports"][name][0] == "disabled" for name in OURS)


def test_a_name_in_zoo_plugins_that_nobody_has_is_told(tmp_path):
    assert "ZOO_PLUGINS names 'tinn'" in start(tmp_path, ZOO_PLUGINS="-tinn")[0].stderr


def test_strict_stops_at_the_first_broken_plugin(tmp_path):
    install(tmp_path, "bad", "1 / 0")
    code = "import zoo.errors as e\nfrom zoo.plugins.manager import manager\ntry:\n    manager()\n"
    code += "except e.PluginError as error:\n    print(error)\n    raise SystemExit(error.exit_code)\n"
    done, _ = start(tmp_path, code, ZOO_STRICT_PLUGINS="1")
    assert done.returncode == 4
    assert "plugin bad (zoo-bad 0.3.1) is broken: ZeroDivisionError" in done.stdout
    assert "pip uninstall zoo-bad" in done.stdout
    assert start(tmp_path, code, ZOO_STRICT_PLUGINS="0")[0].returncode == 0


@pytest.mark.parametrize("value", ["soon", "-1", "nan", "inf"])
def test_a_senseless_time_limit_is_refused(value, tmp_path):
    install(tmp_path, "fine", good("fine"))
    done, _ = start(tmp_path, ZOO_PLUGIN_TIMEOUT=value)
    assert f"ConfigError: ZOO_PLUGIN_TIMEOUT is '{value}'" in done.stderr


def test_no_heavy_library_is_loaded(tmp_path):
    install(tmp_path, "fine", good("fine"))
    code = PROBE.replace(
        "print(", "import sys; assert not {'numpy', 'pydantic', 'click'} & set(sys.modules); print("
    )
    assert "fine" in start(tmp_path, code)[1]["sources"]


class Acme:
    @hookimpl
    def zoo_sources(self):
        yield Source("acme", "acme", "fractions:Fraction")
        yield Source("broken", "acme", "zoo.core.ids:parse_id")
        yield Source("poor", "acme", "a:b", requires=("no-such-thing>=3",), install="pip install acme[poor]")

    @hookimpl
    def zoo_engines(self):
        yield Engine("acme", "acme", "fractions:Fraction")

    @hookimpl
    def zoo_datasets(self):
        yield DataScheme("acme", "json:loads")


@pytest.fixture
def plugins():
    found = PluginManager()
    found.add(Acme(), "acme", distribution="acme-zoo")
    return found


def test_lookups(plugins):
    assert plugins.source("acme").framework == plugins.engine_for("acme").framework == "acme"
    assert plugins.loader("acme") is plugins.loader("acme")
    assert plugins.engine("acme") is plugins.engine("acme")
    assert plugins.scheme("acme").target == "json:loads"
    assert plugins.offered_by(plugins.source("poor")) == "acme-zoo"
    assert plugins.plugin_of(plugins.source("poor")) == "acme"


@pytest.mark.parametrize(
    ("ask", "error", "text"),
    [
        (lambda p: p.source("acmee"), UnknownModel, "did you mean acme?"),
        (lambda p: p.source("zzz"), UnknownModel, "the sources are: acme, broken, poor"),
        (lambda p: p.engine_for("zzz"), MissingPlugin, "'zzz'"),
        (lambda p: p.scheme("acne"), MissingPlugin, "did you mean acme?"),
        (lambda p: p.loader("poor"), MissingPlugin, "pip install acme[poor]"),
        (lambda p: p.loader("broken"), PluginError, "zoo.core.ids:parse_id of plugin acme cannot be made"),
    ],
)
def test_misses_say_what_to_type(ask, error, text, plugins):
    with pytest.raises(error) as caught:
        ask(plugins)
    assert text in str(caught.value)
    assert caught.value.exit_code == 4


def test_a_miss_names_the_plugin_that_was_left_out(tmp_path):
    install(tmp_path, "bad", "1 / 0")
    code = "from zoo.plugins.manager import manager\ntry:\n    manager().source('bad')\n"
    code += "except LookupError as error:\n    print(error)"
    assert "plugin bad was left out: ZeroDivisionError" in start(tmp_path, code)[0].stdout


def test_add_refuses_what_an_installation_would_skip(plugins):
    class Thief:
        @hookimpl
        def zoo_sources(self):
            yield Source("fresh", "acme", "a:b")
            yield Source("acme", "acme", "a:b")

    with pytest.raises(PluginError, match="it offers source acme"):
        plugins.add(Thief(), "thief")
    assert "fresh" not in plugins.sources(), "all or nothing"
    assert plugins.offered_by(plugins.source("acme")) == "acme-zoo"
    plugins.remove("acme")
    assert not plugins.sources()
    plugins.add(Thief(), "thief")
    assert set(plugins.sources()) == {"fresh", "acme"}


def test_epochs_are_told_to_everyone_and_a_fault_once(plugins, capsys):
    heard = []

    class Listener:
        @hookimpl
        def zoo_epoch(self, metrics, epoch):
            heard.append((epoch, metrics["loss"]))
            metrics["loss"] = "changed"
            print("to stderr")

    class Faulty:
        @hookimpl
        def zoo_epoch(self):
            raise SystemExit("no disk")

    plugins.add(Faulty(), "faulty")
    plugins.add(Listener(), "listener")
    line = {"loss": 0.5}
    plugins.tell_epoch("runs/a", 1, line)
    plugins.tell_epoch("runs/a", 2, line)
    said = capsys.readouterr()
    assert heard == [(1, 0.5), (2, 0.5)]
    assert line == {"loss": 0.5}
    assert said.out == ""
    assert said.err.count("plugin faulty failed in zoo_epoch: SystemExit: no disk") == 1
    assert said.err.count("to stderr") == 2


def test_ours_come_first_and_are_whole():
    reports = manager().reports()
    assert [one.name for one in reports if one.distribution == "zoo-adapters"] == sorted(OURS)
    assert {"tensorflow", "torch"} <= set(manager().engines())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Acme"),
        ("name", "a" * 33),
        ("name", None),
        ("target", "acme"),
        ("target", "acme:Loader()"),
        ("requires", "timm"),
        ("requires", ("timm", 3)),
        ("requires", ("timm; rm",)),
        ("catalogue", "acme:../registry.json"),
        ("catalogue", "acme:/etc/passwd"),
        ("catalogue", "acme.below:registry.json"),
        ("summary", None),
    ],
)
def test_a_malformed_record_is_refused_by_name_of_the_field(field, value):
    facts = {"name": "acme", "framework": "torch", "target": "acme:Loader"} | {field: value}
    with pytest.raises(TypeError, match=rf"Source\.{field}"):
        Source(**facts)


@pytest.mark.parametrize(
    ("need", "missing"),
    [
        ("numpy", False),
        ("numpy>=1.0", False),
        ("NumPy[extra] >= 1.0, <99", False),
        ("numpy>=99", True),
        ("no-such-thing", True),
        ("numpy>=not-a-version", True),
    ],
)
def test_what_is_lacking(need, missing):
    assert lacking((need,)) == ([need] if missing else [])


def test_a_target_that_fails_is_a_plugin_error(tmp_path, monkeypatch):
    (tmp_path / "acme_exit.py").write_text("raise SystemExit(3)")
    monkeypatch.syspath_prepend(tmp_path)
    for target, text in (("acme_exit:A", "SystemExit: 3"), ("json:Nothing", "json has no Nothing")):
        with pytest.raises(PluginError, match=text):
            load_target(Source("acme", "torch", target))


def test_a_signal_while_something_is_imported_is_not_its_fault(tmp_path, monkeypatch):
    text = "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\nA = 1"
    (tmp_path / "acme_slow.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(Terminated), Interrupts():
        load_target(Source("acme", "torch", "acme_slow:A"))


def test_a_signal_while_a_plugin_listens_is_not_its_fault(plugins):
    class Slow:
        @hookimpl
        def zoo_epoch(self):
            os.kill(os.getpid(), signal.SIGTERM)

    plugins.add(Slow(), "slow")
    with pytest.raises(Terminated), Interrupts():
        plugins.tell_epoch("runs/a", 1, {})
