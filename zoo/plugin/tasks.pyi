"""What a task is made of: targets, rows, figures, statistics, and the section of a page."""

# The form of encoded labels, the settings of training that have a meaning, and how metrics read.
from zoo.core.task import TargetSpec as TargetSpec
from zoo.core.task import Setting as Setting
from zoo.core.figures import Figure as Figure
from zoo.core.figures import Figures as Figures
from zoo.core.figures import LOSS as LOSS
from zoo.core.figures import COUNT as COUNT
from zoo.core.figures import share as share

# Columns of several lengths, and numerics that several tasks share.
from zoo.core.rows import ragged as ragged
from zoo.core.scores import log_softmax as log_softmax
from zoo.core.scores import sigmoid as sigmoid
from zoo.core.scores import confusion as confusion

# Intervals, and differences between two models on the same examples.
from zoo.core.statistics import Interval as Interval
from zoo.core.statistics import Share as Share
from zoo.core.statistics import NameFacts as NameFacts
from zoo.core.statistics import Gain as Gain
from zoo.core.statistics import MARGIN as MARGIN
from zoo.core.statistics import wilson as wilson
from zoo.core.statistics import bootstrap as bootstrap
from zoo.core.statistics import f1_of as f1_of
from zoo.core.statistics import paired_proportions as paired_proportions
from zoo.core.statistics import paired_means as paired_means
from zoo.core.statistics import paired_bootstrap as paired_bootstrap

# The section of a page, and its blocks.
from zoo.reporting.task_section import ReportSection as ReportSection
from zoo.reporting.task_section import TaskSection as TaskSection
from zoo.reporting.task_section import BlockTemplate as BlockTemplate
from zoo.reporting.task_section import Wrong as Wrong
from zoo.reporting.task_section import SHOWN as SHOWN
from zoo.runs.report_schema import Mark as Mark
from zoo.runs.report_schema import TaskCaution as TaskCaution
from zoo.runs.report_blocks import Matrix as Matrix
from zoo.runs.report_blocks import Scatter as Scatter
from zoo.runs.report_blocks import Points as Points
from zoo.runs.report_blocks import Bars as Bars
from zoo.runs.report_blocks import TableBlock as TableBlock
from zoo.runs.report_blocks import Custom as Custom

# A solver of linear heads on frozen features.
from zoo.training.linear_heads.solver import LinearSolver as LinearSolver
from zoo.training.linear_heads.solver import LinearHead as LinearHead
from zoo.training.linear_heads.solver import Problem as Problem
from zoo.training.linear_heads.solver import Size as Size

# Cases for the conformance kit.
from zoo.core.kit_cases import KitCase as KitCase
from zoo.core.kit_cases import MadeUpInputs as MadeUpInputs

# Baselines of a task.
from zoo.core.baselines import BaselineCase as BaselineCase
from zoo.core.baselines import Baseline as Baseline
from zoo.core.baselines import Answer as Answer
from zoo.core.baselines import best_constant as best_constant
