"""Does transfer pay on these data? The same few examples given to a pretrained model and to its controls."""

from zoo.fewshot.study import Row, Study, transfer

__all__ = ["Row", "Study", "transfer"]
