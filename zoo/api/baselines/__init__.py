"""Controls: what the same examples give without what the model knows, so that a figure says something.

Cheap ones stand beside every result of :func:`zoo.finetune`; :func:`zoo.transfer` asks them at many numbers
of examples.
"""
