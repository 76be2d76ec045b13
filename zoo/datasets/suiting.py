"""Whether the data are what the model takes."""

from __future__ import annotations

from zoo.datasets.dataset import Inputs
from zoo.datasets.tables import THING
from zoo.datasets.words import Words
from zoo.errors import DataError
from zoo.records import AnyInput, DataForm, TextInput, modality_of


def form_of(inputs: Inputs, form: AnyInput) -> DataForm:
    """Return what one input is; of texts the first decides.

    Args:
        inputs: at least one, of the modality of ``form``.
        form: what the model takes.
    """
    if inputs.modality != "text":
        return inputs.modality
    first = inputs.read(0, form)
    if isinstance(first, Words):
        return "words"
    return "text pair" if isinstance(first, tuple) else "text"


def demand_suits(inputs: Inputs, form: AnyInput, model: str) -> None:
    """Refuse data of another kind than the model takes, before anything is computed.

    Raises:
        DataError: pictures for a model of texts, texts for one of pictures, or pairs for one of single texts.
    """
    wanted = modality_of(form)
    if inputs.modality != wanted:
        raise DataError(
            f"{model} takes {THING[wanted]}s, the data are {THING[inputs.modality]}s",
            mend=f"choose a model for {THING[inputs.modality]}s (zoo list), or give other data",
        )
    if not isinstance(form, TextInput) or form.pair:
        return
    if form_of(inputs, form) == "text pair":
        raise DataError(
            f"{model} takes single texts, the data are pairs",
            mend="choose a model for pairs, or join the two columns into one",
        )
