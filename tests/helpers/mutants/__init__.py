"""One sabotaged plugin for each check: a sound source and engine with a single fault.

The faults are written against the two interfaces alone, so they can be put into any plugin.
"""

from __future__ import annotations

from dataclasses import dataclass

from mutants.activations import (
    HalvedEntrance,
    LostBias,
    OrderedCrossing,
    OtherWhole,
    RoundedCrossing,
    SeedlessViews,
    SharedDraw,
)
from mutants.answers import (
    BatchCentred,
    CountingInference,
    DoubleFeatures,
    LostAxis,
    LostBatchAxis,
    LostFeature,
    MiscountedFreeze,
    MiscountedStages,
    NoisyInference,
    NotANumber,
    OneTensorMore,
    SameFeatures,
    StuckStage,
    WearyInference,
)
from mutants.averaging import AverageOfFrozen, AverageOfNothing, RestlessAverage, RoundedReturn
from mutants.sound import Engine, Loader
from mutants.source import (
    AnswersAnything,
    CutOutside,
    FalseOrigin,
    HalfLoaded,
    IgnoredSize,
    IgnoredWeights,
    InexactCut,
    MiscountedCard,
    MiscountedTensors,
    MuteError,
    NoFileOpened,
    OtherFeatures,
    OtherForm,
    OtherFramework,
    OtherScale,
    RefusedWeights,
    RestlessCard,
    RevisionInId,
    RunlessCuts,
    SeedlessWeights,
    StageCalledHead,
    UnreadWeights,
    WrongException,
)
from mutants.training import (
    Ascent,
    BatchStatistics,
    DriftingFrozenStage,
    EvenShares,
    ForgetfulOptimizer,
    ForgottenBias,
    FreshFreesAll,
    FrozenChance,
    FrozenFresh,
    FrozenInGroup,
    HalfThawed,
    HeadAlone,
    MovedBeforeLooking,
    OneRate,
    RestingHead,
    SeedlessHead,
    SilentFresh,
    StepsOverInfinity,
    SummedLoss,
    UnsavedOffset,
    UnseededAugmentation,
    UnweightedShares,
    ViewsByPart,
    ViewsOfTheStep,
    WeightlessClasses,
)
from zoo import plugin


@dataclass(frozen=True)
class Mutant:
    """A fault and the check that must find it.

    ``also`` names the checks that must fail with it, where one fault breaks two promises.
    """

    check: str
    fault: type
    also: tuple[str, ...] = ()
    input_size: int | None = None

    @property
    def source(self):
        return f"m-{self.fault.__name__.lower()}"


MUTANTS = (
    Mutant("check_unknown_name_is_a_lookup_error", WrongException),
    Mutant("check_unknown_name_is_a_lookup_error", AnswersAnything),
    Mutant("check_unknown_name_is_a_lookup_error", MuteError),
    Mutant("check_opens", FalseOrigin),
    Mutant("check_opens", MiscountedTensors),
    Mutant("check_weights_arrive_in_the_model", IgnoredWeights),
    Mutant("check_weights_arrive_in_the_model", UnreadWeights),
    Mutant("check_weights_arrive_in_the_model", NoFileOpened),
    Mutant("check_weights_arrive_in_the_model", RefusedWeights),
    Mutant("check_weights_arrive_in_the_model", HalfLoaded),
    Mutant("check_card_tells_the_truth", MiscountedCard),
    Mutant("check_card_tells_the_truth", OtherForm),
    Mutant("check_card_tells_the_truth", RestlessCard),
    Mutant("check_card_tells_the_truth", RevisionInId),
    Mutant("check_card_tells_the_truth", OtherFeatures),
    Mutant("check_card_tells_the_truth", OtherFramework, also=("check_saved_run_predicts_the_same",)),
    Mutant("check_card_tells_the_truth", IgnoredSize, input_size=48),
    Mutant("check_card_tells_the_truth", StageCalledHead),
    Mutant("check_preprocessing_is_the_librarys_own", OtherScale),
    Mutant("check_features_have_the_stated_shape", DoubleFeatures),
    Mutant("check_features_have_the_stated_shape", NotANumber),
    Mutant("check_features_have_the_stated_shape", LostFeature),
    Mutant("check_features_have_the_stated_shape", SameFeatures),
    Mutant("check_evaluation_leaves_no_trace", CountingInference),
    Mutant("check_evaluation_leaves_no_trace", WearyInference, also=("check_saved_run_predicts_the_same",)),
    Mutant("check_prediction_is_independent_of_the_batch", BatchCentred),
    Mutant("check_prediction_is_independent_of_the_batch", LostBatchAxis),
    Mutant("check_cuts_of_the_chain_are_exact", InexactCut, also=("check_what_crosses_a_cut_is_enough",)),
    Mutant("check_cuts_of_the_chain_are_exact", CutOutside),
    Mutant("check_cuts_of_the_chain_are_exact", OtherWhole),
    Mutant("check_cuts_of_the_chain_are_exact", RunlessCuts),
    Mutant("check_what_crosses_a_cut_is_enough", RoundedCrossing),
    Mutant("check_what_crosses_a_cut_is_enough", HalvedEntrance),
    Mutant("check_what_crosses_a_cut_is_enough", OrderedCrossing),
    Mutant("check_a_head_can_be_set", LostBias),
    Mutant(
        "check_a_view_is_drawn_from_its_own_seed",
        SharedDraw,
        also=("check_a_divided_batch_sees_the_same_images",),
    ),
    Mutant(
        "check_a_view_is_drawn_from_its_own_seed",
        SeedlessViews,
        also=("check_a_divided_batch_sees_the_same_images",),
    ),
    Mutant("check_freezing_more_trains_less", MiscountedFreeze),
    Mutant("check_freezing_more_trains_less", MiscountedStages),
    Mutant("check_freezing_more_trains_less", OneTensorMore),
    Mutant("check_freezing_more_trains_less", StuckStage),
    Mutant("check_head_answers_every_task", LostAxis),
    Mutant("check_loss_is_the_loss_of_the_task", SummedLoss),
    Mutant("check_loss_is_the_loss_of_the_task", WeightlessClasses),
    Mutant("check_a_batch_in_parts_is_the_whole_batch", EvenShares),
    Mutant("check_a_batch_in_parts_is_the_whole_batch", UnweightedShares),
    Mutant("check_a_divided_batch_sees_the_same_images", ViewsByPart),
    Mutant("check_a_divided_batch_sees_the_same_images", ViewsOfTheStep),
    Mutant(
        "check_a_divided_batch_sees_the_same_images",
        UnseededAugmentation,
        also=("check_same_seed_gives_same_weights",),
    ),
    Mutant("check_learning_rates_are_kept_apart", OneRate),
    Mutant("check_frozen_stages_compute_as_in_evaluation", FrozenChance),
    Mutant("check_frozen_stages_compute_as_in_evaluation", BatchStatistics),
    Mutant("check_non_finite_step_changes_nothing", MovedBeforeLooking),
    Mutant("check_non_finite_step_changes_nothing", StepsOverInfinity),
    Mutant("check_frozen_stages_do_not_move", DriftingFrozenStage),
    Mutant("check_frozen_stages_do_not_move", HeadAlone, also=("check_average_stands_in_for_the_weights",)),
    Mutant("check_frozen_stages_do_not_move", RestingHead),
    Mutant("check_average_stands_in_for_the_weights", AverageOfNothing),
    Mutant("check_average_stands_in_for_the_weights", RestlessAverage),
    Mutant("check_average_stands_in_for_the_weights", RoundedReturn),
    Mutant("check_average_stands_in_for_the_weights", AverageOfFrozen),
    Mutant("check_loss_falls", Ascent, also=("check_average_stands_in_for_the_weights",)),
    Mutant(
        "check_every_trainable_parameter_is_updated",
        ForgottenBias,
        also=("check_average_stands_in_for_the_weights",),
    ),
    Mutant("check_every_trainable_parameter_is_updated", FrozenInGroup),
    Mutant("check_nothing_unloaded_is_frozen", FrozenFresh),
    Mutant("check_nothing_unloaded_is_frozen", SilentFresh),
    Mutant("check_nothing_unloaded_is_frozen", FreshFreesAll),
    Mutant("check_thawing_leaves_no_trace", HalfThawed),
    Mutant("check_interrupted_training_ends_the_same", ForgetfulOptimizer),
    Mutant("check_same_seed_gives_same_weights", SeedlessHead),
    Mutant("check_same_seed_gives_same_weights", SeedlessWeights),
    Mutant("check_saved_run_predicts_the_same", UnsavedOffset),
)


class Sound(Loader):
    """No fault: what the others are measured against."""


SOUND = Mutant("", Sound).source
NOISY = Mutant("", NoisyInference)
ALL = (*MUTANTS, Mutant("", Sound), NOISY)


class Plugin:
    """All mutants of a sound source and engine, each under its own name; ``heads`` are the engine's."""

    def __init__(self, loader, engine, heads):
        self.heads = heads
        for mutant in ALL:
            of_source = issubclass(mutant.fault, Loader)
            bases = (mutant.fault,) if of_source else (Loader,)
            name = mutant.fault.__name__
            # What a record points to is a class in a module.
            globals()[f"{name}Source"] = type(
                f"{name}Source", bases, {"sound": loader, "source": mutant.source}
            )
            fault = None if of_source else mutant.fault
            globals()[f"{name}Engine"] = type(f"{name}Engine", (Engine,), {"sound": engine, "fault": fault})

    @plugin.hookimpl
    def zoo_sources(self):
        for mutant in ALL:
            target = f"{__name__}:{mutant.fault.__name__}Source"
            yield plugin.Source(name=mutant.source, framework=mutant.source, target=target)

    @plugin.hookimpl
    def zoo_engines(self):
        for mutant in ALL:
            target = f"{__name__}:{mutant.fault.__name__}Engine"
            yield plugin.Engine(name=mutant.source, framework=mutant.source, target=target, heads=self.heads)
