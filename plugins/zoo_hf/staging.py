"""A folder that holds the vetted files of a model and nothing else, for the library to read from."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from zoo_hf.config_files import configuration

_FILTERED = ("config.json", "tokenizer_config.json", "preprocessor_config.json", "processor_config.json")


@contextmanager
def staged(description: Mapping[str, bytes]) -> Iterator[Path]:
    """The files in a folder that is gone afterwards, paths of their author's disk taken out."""
    with tempfile.TemporaryDirectory(prefix="zoo-hf-") as name:
        folder = Path(name)
        for file, content in description.items():
            path = folder / file
            path.parent.mkdir(exist_ok=True)
            if file in _FILTERED:
                content = json.dumps(configuration(description, file)).encode()
            path.write_bytes(content)
        yield folder
