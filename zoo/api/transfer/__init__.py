"""Does transfer pay on these data? The same few examples given to a pretrained model and to its baselines."""

from zoo.api.transfer.study import Row, Study, transfer

__all__ = ["Row", "Study", "transfer"]
