"""The public names for authors of plugins; ``zoo.utils.lazy`` and type checkers read them here."""

# Records, which the hooks of a plugin yield; and the manager, which takes a plugin that is not installed.
from zoo.plugins.hookspecs import hookimpl as hookimpl
from zoo.plugins.records import Source as Source
from zoo.plugins.records import Engine as Engine
from zoo.plugins.records import TaskRecord as TaskRecord
from zoo.plugins.records import DataScheme as DataScheme
from zoo.plugins.records import Command as Command
from zoo.plugins.manager import manager as manager

# Facts about a model.
from zoo.core.cards import ModelCard as ModelCard
from zoo.core.cards import WeightsRef as WeightsRef
from zoo.core.cards import Published as Published
from zoo.core.cards import Features as Features
from zoo.core.cards import FeatureKind as FeatureKind
from zoo.core.cards import AnyInput as AnyInput
from zoo.core.cards import ImageInput as ImageInput
from zoo.core.cards import TextInput as TextInput
from zoo.core.cards import AudioInput as AudioInput
from zoo.core.cards import FreezeReport as FreezeReport
from zoo.core.cards import TensorFact as TensorFact

# What a source implements, is given and returns.
from zoo.core.protocols.loader import Loader as Loader
from zoo.core.protocols.backbone import LocalWeights as LocalWeights
from zoo.core.protocols.backbone import Backbone as Backbone
from zoo.core.protocols.backbone import Stage as Stage
from zoo.core.protocols.backbone import Tap as Tap
from zoo.core.protocols.backbone import Runner as Runner
from zoo.core.protocols.backbone import LoadReport as LoadReport

# What an engine implements and is given.
from zoo.core.protocols.engine import EngineProtocol as EngineProtocol
from zoo.core.protocols.engine import BackboneAdapter as BackboneAdapter
from zoo.core.protocols.engine import NativeHead as NativeHead
from zoo.core.protocols.engine import TrainableParts as TrainableParts
from zoo.core.protocols.engine import BatchNormMode as BatchNormMode
from zoo.core.protocols.engine import StepPlan as StepPlan
from zoo.core.protocols.engine import LearningRates as LearningRates
from zoo.core.protocols.engine import Batch as Batch
from zoo.core.protocols.activations import Activations as Activations

# What a task subclasses and returns.
from zoo.core.task import Task as Task
from zoo.core.task import Prediction as Prediction
from zoo.datasets.tables.label_reader import LabelReader as LabelReader

# What a data scheme returns.
from zoo.datasets.tables.rows import Rows as Rows
from zoo.datasets.tables.table import RawTable as RawTable
from zoo.datasets.tables.table import Table as Table

# Helpers, by subject.
from zoo.plugin import files as files
from zoo.plugin import hub as hub
from zoo.plugin import registry as registry
from zoo.plugin import data as data
from zoo.plugin import engines as engines
from zoo.plugin import tasks as tasks
from zoo.plugin import messages as messages
