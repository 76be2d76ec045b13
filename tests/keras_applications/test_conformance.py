"""One application under the whole kit, as its users run it.

All forty are in docs/results/keras-applications.json (``benchmarks/keras_applications.py``).
"""

from zoo.testing import parametrize_with_checks


@parametrize_with_checks("keras:MobileNet", input_size=32)
def test_the_interface(check):
    check()
