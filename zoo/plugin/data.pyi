"""Inputs and labels: what a data scheme puts into a table."""

# Inputs that are read one by one.
from zoo.datasets.inputs.protocol import Inputs as Inputs
from zoo.datasets.inputs.base import ImageFiles as ImageFiles
from zoo.datasets.inputs.audio import AudioFiles as AudioFiles
from zoo.datasets.inputs.texts import Texts as Texts

# One text as a list of words, each of which gets a tag.
from zoo.datasets.inputs.words import Words as Words

# Labels that no task has read, for a RawTable; labels of one task, for a Table; what a LabelReader checks
# them with; names of splits.
from zoo.datasets.labels.raw_labels import RawLabels as RawLabels
from zoo.datasets.labels.labels import Labels as Labels
from zoo.datasets.labels.class_names import check_names as check_names
from zoo.datasets.labels.class_names import ordered_names as ordered_names
from zoo.datasets.labels.class_names import label_error as label_error
from zoo.datasets.labels.numbers import finite_numbers as finite_numbers
from zoo.datasets.tables.split_names import split_of as split_of

# An image as zoo gives it to a model.
from zoo.datasets.decoding.resize import resize_and_crop as resize_and_crop
