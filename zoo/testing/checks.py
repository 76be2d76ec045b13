"""The list of checks, in the order of their cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from zoo.errors import ConfigError
from zoo.testing.activations import (
    check_a_head_can_be_set,
    check_a_view_is_drawn_from_its_own_seed,
    check_what_crosses_a_cut_is_enough,
)
from zoo.testing.ema import check_average_stands_in_for_the_weights
from zoo.testing.evaluation import (
    check_evaluation_leaves_no_trace,
    check_features_have_the_stated_shape,
    check_prediction_is_independent_of_the_batch,
)
from zoo.testing.facts import check_card_tells_the_truth, check_opens, check_unknown_name_is_a_lookup_error
from zoo.testing.freezing import (
    check_freezing_more_trains_less,
    check_frozen_stages_compute_as_in_evaluation,
    check_frozen_stages_do_not_move,
    check_nothing_unloaded_is_frozen,
    check_thawing_leaves_no_trace,
)
from zoo.testing.heads import check_head_answers_every_task, check_loss_is_the_loss_of_the_task
from zoo.testing.inputs import check_cuts_of_the_chain_are_exact, check_preprocessing_is_the_librarys_own
from zoo.testing.light import check_import_is_light
from zoo.testing.loading import check_weights_arrive_in_the_model
from zoo.testing.microbatches import (
    check_a_batch_in_parts_is_the_whole_batch,
    check_a_divided_batch_sees_the_same_images,
)
from zoo.testing.saving import check_interrupted_training_ends_the_same, check_saved_run_predicts_the_same
from zoo.testing.training import (
    check_every_trainable_parameter_is_updated,
    check_learning_rates_are_kept_apart,
    check_loss_falls,
    check_non_finite_step_changes_nothing,
    check_same_seed_gives_same_weights,
)
from zoo.utils.suggestions import did_you_mean

if TYPE_CHECKING:
    from zoo.testing.subject import Subject

Check = Callable[["Subject"], None]

CHECKS: tuple[Check, ...] = (
    check_import_is_light,
    check_unknown_name_is_a_lookup_error,
    check_opens,
    check_weights_arrive_in_the_model,
    check_card_tells_the_truth,
    check_preprocessing_is_the_librarys_own,
    check_features_have_the_stated_shape,
    check_evaluation_leaves_no_trace,
    check_prediction_is_independent_of_the_batch,
    check_cuts_of_the_chain_are_exact,
    check_a_head_can_be_set,
    check_a_view_is_drawn_from_its_own_seed,
    check_what_crosses_a_cut_is_enough,
    check_freezing_more_trains_less,
    check_head_answers_every_task,
    check_loss_is_the_loss_of_the_task,
    check_a_batch_in_parts_is_the_whole_batch,
    check_a_divided_batch_sees_the_same_images,
    check_frozen_stages_compute_as_in_evaluation,
    check_non_finite_step_changes_nothing,
    check_learning_rates_are_kept_apart,
    check_frozen_stages_do_not_move,
    check_loss_falls,
    check_every_trainable_parameter_is_updated,
    check_average_stands_in_for_the_weights,
    check_nothing_unloaded_is_frozen,
    check_thawing_leaves_no_trace,
    check_interrupted_training_ends_the_same,
    check_same_seed_gives_same_weights,
    check_saved_run_predicts_the_same,
)


def chosen(only: tuple[str, ...]) -> list[Check]:
    """Return the checks of these names in the order of the list; all when none is named.

    Raises:
        ConfigError: no such check.
    """
    require_known(only)
    return [check for check in CHECKS if not only or check.__name__ in only]


def require_known(names: Iterable[str]) -> None:
    """Refuse names of checks that do not exist.

    Raises:
        ConfigError: names the nearest check.
    """
    known = [check.__name__ for check in CHECKS]
    for name in names:
        if name not in known:
            raise ConfigError(
                f"there is no check {name!r}",
                hint=did_you_mean(name, known) or f"the checks are: {', '.join(known)}",
            )
