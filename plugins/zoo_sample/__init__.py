"""Small data to try zoo with: ``sample:digits``, made from what scikit-learn carries with it."""

from __future__ import annotations

from collections.abc import Iterable

import zoo


@zoo.hookimpl
def zoo_datasets() -> Iterable[zoo.DataScheme]:
    """One scheme, ``sample``."""
    yield zoo.DataScheme(
        name="sample",
        target="zoo_sample.samples:folder",
        summary="sample:digits, 1,797 handwritten digits of 8 x 8 pixels from scikit-learn",
        requires=("scikit-learn>=1.5",),
        install='pip install "zoo-adapters[sample]"',
    )
