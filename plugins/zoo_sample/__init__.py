"""Small data to try zoo with, made from what scikit-learn, Python and the installed fonts carry with them."""

from __future__ import annotations

from collections.abc import Iterable

import zoo


@zoo.hookimpl
def zoo_datasets() -> Iterable[zoo.DataScheme]:
    """One scheme, ``sample``."""
    yield zoo.DataScheme(
        name="sample",
        target="zoo_sample.samples:place",
        summary="sample:digits (handwritten, from scikit-learn), sample:texts, sample:hebrew, ...",
        requires=("scikit-learn>=1.5", "fonttools>=4.44"),
        install='pip install "zoo-adapters[sample]"',
    )
