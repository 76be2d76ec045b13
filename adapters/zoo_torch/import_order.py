"""What must be so before torch's larger parts are imported."""

from __future__ import annotations

import importlib.util
import sys

from zoo.errors import PluginError


def require_order() -> None:
    """Refuse to start where the import of torchvision would end the process without a word.

    It imports triton, which carries LLVM as TensorFlow does; loaded after TensorFlow's, triton's registers
    its options twice and LLVM aborts. The other order is sound, and zoo's TensorFlow engine keeps it.

    Raises:
        PluginError: TensorFlow was imported first, by other code.
    """
    late = "tensorflow" in sys.modules and not any(name.startswith("triton._C") for name in sys.modules)
    if late and importlib.util.find_spec("triton") is not None:
        raise PluginError(
            "TensorFlow was imported before torch in this process",
            why="torch's triton would abort the process now: both bring LLVM, and triton's must come first",
            hint="import torchvision (or triton) before tensorflow, or open the model in another process",
        )


require_order()
