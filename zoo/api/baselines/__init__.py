"""Baselines: what the same examples give without what the model knows, so that a figure says something.

Cheap ones come with every result of :func:`zoo.finetune`; :func:`zoo.transfer` compares them at several
numbers of examples. Both use the definitions here. What a task alone knows, such as its majority class, is in
the folder of the task.
"""

RAW_FEATURES = "raw-features"
RANDOM_FEATURES = "random-features"
SCRATCH = "scratch"

WORDS = {
    RAW_FEATURES: "linear probe on raw features",
    RANDOM_FEATURES: "frozen random features + linear probe",
    SCRATCH: "trained from scratch",
}
"""The generic baselines by name, for people."""
