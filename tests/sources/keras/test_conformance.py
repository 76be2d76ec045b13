"""One application under the whole kit, as its users run it; ``benchmarks/keras_applications.py`` has all."""

import pytest

from zoo.testing import parametrize_with_checks

pytestmark = pytest.mark.tensorflow


@parametrize_with_checks("keras:MobileNet", input_size=32)
def test_the_interface(check):
    check()
