"""Whether what a source states is so."""

from __future__ import annotations

import math

from zoo.core.cards import ImageInput
from zoo.core.ids import parse_id
from zoo.errors import UnknownModel
from zoo.testing.result import demand, listed
from zoo.testing.subject import Subject

_NONSENSE = "no-such-model-7c1e"


def check_unknown_name_is_a_lookup_error(subject: Subject) -> None:
    """A name that the source does not know raises UnknownModel, and the message repeats the name."""
    hint = "raise zoo.errors.UnknownModel in describe(), with the nearest names as its hint"
    try:
        card = subject.loader.describe(_NONSENSE)
    except UnknownModel as error:
        demand(_NONSENSE in str(error), f"the error does not name {_NONSENSE!r}: {error}", hint)
    except Exception as error:
        raise AssertionError(
            f"describe({_NONSENSE!r}) raised {type(error).__name__}: {error}\n  hint: {hint}"
        ) from error
    else:
        raise AssertionError(f"describe({_NONSENSE!r}) answered with the card of {card.id}\n  hint: {hint}")


def check_opens(subject: Subject) -> None:
    """The model opens, and its load report says truly how the weights came in."""
    backbone = subject.model.adapter.backbone
    loaded = backbone.loaded
    names = {fact.name.removeprefix("backbone.") for fact in subject.model.adapter.tensors()}
    # That given weights were taken is for zoo.load to demand; that none were taken, for us.
    demand(
        not subject.from_scratch or (loaded.origin == "random" and loaded.loaded == 0),
        f"random weights were asked for, the report says {loaded.origin}, {loaded.loaded} tensors loaded",
        "LoadReport(origin='random', loaded=0, ...) when open() gets weights=None",
    )
    demand(
        loaded.total == len(names),
        f"the load report counts {loaded.total} tensors, the live backbone has {len(names)}",
        "count parameters and the buffers that belong to the saved state",
    )
    unknown = sorted(loaded.fresh - names)
    demand(not unknown, f"the load report calls tensors fresh that do not exist: {listed(unknown)}")


def check_card_tells_the_truth(subject: Subject) -> None:
    """Id, framework, number of parameters, features and input on the card are those of the live model."""
    card, adapter = subject.card, subject.model.adapter
    backbone = adapter.backbone
    model_id = parse_id(card.id)
    demand(
        model_id.source == subject.id.source and model_id.revision is None,
        f"the card's id is {card.id!r}",
        f"it must be {subject.id.source}:NAME, without a revision",
    )
    again = subject.loader.describe(model_id.name)
    demand(
        again == card,
        f"describe({model_id.name!r}) does not give the card of that id",
        "resolve aliases to a full name",
    )
    demand(
        card.framework == subject.framework == subject.engine_record.framework,
        f"the card says framework {card.framework!r}, the source {subject.framework!r}",
    )
    if card.parameters is not None and subject.input_size is None:
        counted = sum(
            math.prod(fact.shape)
            for fact in adapter.tensors()
            if fact.kind == "parameter" and fact.name.startswith("backbone.") and fact.same_as is None
        )
        demand(
            card.parameters == counted,
            f"the card says {card.parameters:,} parameters, the live backbone has {counted:,}",
            "count the backbone, the original head taken off",
        )
    demand(
        card.features is None or card.features == backbone.features,
        f"the card says features {card.features}, the backbone {backbone.features}",
    )
    form = backbone.input
    if subject.input_size is not None:
        demand(
            isinstance(form, ImageInput)
            and (form.height, form.width) == (subject.input_size, subject.input_size),
            f"input size {subject.input_size} was asked for, the backbone takes {form}",
        )
    elif card.input is not None:
        demand(card.input == form, f"the card says input {card.input}, the backbone takes {form}")
    demand(
        not subject.ambiguous_stages,
        f"stage names must differ, and none may be head: {listed(subject.ambiguous_stages)}",
        "head is what replace_head puts on",
    )
