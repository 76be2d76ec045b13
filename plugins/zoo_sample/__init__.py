"""Small sample data sets, made from scikit-learn, Python's documentation and installed fonts."""

from __future__ import annotations

from collections.abc import Iterable

from zoo.plugin import DataScheme, hookimpl


@hookimpl
def zoo_datasets() -> Iterable[DataScheme]:
    """Offer the data scheme ``sample``."""
    yield DataScheme(
        name="sample",
        target="zoo_sample.samples:place",
        summary="sample:digits (handwritten, from scikit-learn), sample:texts, sample:hebrew, ...",
        requires=("scikit-learn>=1.5", "fonttools>=4.44"),
        install='pip install "zoo-adapters[sample]"',
    )
