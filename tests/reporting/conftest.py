from __future__ import annotations

import pytest
from report_runs import MODEL, TINY, folder

import zoo


@pytest.fixture(scope="session")
def hostile(tmp_path_factory) -> zoo.Run:
    """A run whose labels, files, data and folder have names that look like markup."""
    root = tmp_path_factory.mktemp("hostile")
    data = zoo.data(folder(root / "<u>data & co"), val=0.4)
    return zoo.finetune(MODEL, data, out=root / '<b>run "1"', epochs=2, **TINY)
