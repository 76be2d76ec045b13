"""The public names of zoo; ``zoo.utils.lazy`` and type checkers read them here."""

from zoo.api.embedding.embed import embed as embed
from zoo.api.finetune import Run as Run
from zoo.api.finetune import finetune as finetune
from zoo.api.load import load as load
from zoo.api.model import Model as Model
from zoo.api.resume import resume as resume
from zoo.api.transfer import transfer as transfer
from zoo.core.cards import ModelCard as ModelCard
from zoo.datasets.dataset import Dataset as Dataset
from zoo.datasets.open_data import open_data as _open_data
from zoo.errors import ZooError as ZooError
from zoo.registry.list_models import list_models as list_models
from zoo.tasks.classification.task import Classification as Classification
from zoo.tasks.multi_label.task import MultiLabel as MultiLabel
from zoo.tasks.regression.task import Regression as Regression
from zoo.tasks.token_classification.task import TokenClassification as TokenClassification
from zoo.training.config import TrainConfig as TrainConfig
from zoo.utils.version import __version__ as __version__

data = _open_data
