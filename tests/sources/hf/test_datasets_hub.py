"""A data set of the Hub by its name: the real client and library against a server on this machine.

Both read the environment once, at their import, so each question is asked by a process of its own.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_server import COMMIT, DatasetServer

pytestmark = pytest.mark.needs("datasets", "pyarrow")

ASK = """
import json, sys, zoo
try:
    data = zoo.data(sys.argv[1], val=0)
    print("@@" + json.dumps([len(data), data.fingerprint]))
except zoo.ZooError as error:
    print("@@" + json.dumps([type(error).__name__, error.message, error.hint]))
"""


@pytest.fixture
def hub():
    pq.write_table(
        pa.table({"text": [f"text {i}" for i in range(8)], "label": [*"ab"] * 4}), file := io.BytesIO()
    )
    with DatasetServer("user/texts", {"data/train-00000-of-00001.parquet": file.getvalue()}) as server:
        yield server


@pytest.fixture
def ask(hub, tmp_path):
    def call(spec: str, **settings: str) -> list[object]:
        hub.requests.clear()
        env = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf"), **settings}
        done = subprocess.run(
            [sys.executable, "-c", ASK, spec], capture_output=True, text=True, env=env, timeout=120
        )
        assert "@@" in done.stdout, done.stderr
        return json.loads(done.stdout.rpartition("@@")[2])

    return call


def test_it_is_fetched_once_and_read_again_offline(hub, ask):
    count, fingerprint = ask("hf:user/texts")
    assert count == 8
    fetched = f"GET /datasets/user/texts/resolve/{COMMIT}/data/train-00000-of-00001.parquet"
    assert hub.requests.count(fetched) == 1
    assert ask("hf:user/texts", ZOO_OFFLINE="1") == [8, fingerprint]
    assert hub.requests == []


def test_what_is_not_there_is_said(hub, ask):
    kind, message, hint = ask("hf:user/nothing")
    assert (kind, hint) == ("DataError", "check the name on the Hub; a private one needs HF_TOKEN")
    assert "there is no data set hf:user/nothing" in message
    kind, message, hint = ask("hf:user/texts", ZOO_OFFLINE="1")
    assert (kind, hub.requests) == ("NetworkError", [])
    assert "go online once" in hint
