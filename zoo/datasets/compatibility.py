"""Whether the data are what the model takes."""

from __future__ import annotations

from zoo.core.cards import AnyInput, DataForm, TextInput, modality_of
from zoo.datasets.inputs.protocol import Inputs
from zoo.datasets.inputs.words import Words
from zoo.errors import DataError
from zoo.utils.format import MODALITY_NOUN


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


_FORMS: dict[DataForm, str] = {
    "text": "single texts",
    "text pair": "pairs of texts",
    "words": "lists of words",
}
_GIVE: dict[DataForm, str] = {
    "text": "give single texts: a str each, or a table without text_b",
    "text pair": "give two texts for each input: a tuple, or the columns text and text_b",
    "words": "give lists of words, or a table with tokens and tags",
}


def require_suits(inputs: Inputs, form: AnyInput, model: str, trained: DataForm | None = None) -> None:
    """Refuse inputs of another kind than the model takes, before anything is computed.

    Args:
        inputs: at least one.
        form: what the model takes.
        model: for the message.
        trained: what one input was when the head was trained, which knows nothing of others; None: any.

    Raises:
        DataError: images for a model of texts, texts for one of images, or pairs for one of single texts.
    """
    wanted = modality_of(form)
    if inputs.modality != wanted:
        raise DataError(
            f"{model} takes {MODALITY_NOUN[wanted]}s, the data are {MODALITY_NOUN[inputs.modality]}s",
            hint=f"choose a model for {MODALITY_NOUN[inputs.modality]}s (zoo list), or give other data",
        )
    if not isinstance(form, TextInput):
        return
    given = form_of(inputs, form)
    if given == "text pair" and not form.pair:
        raise DataError(
            f"{model} takes single texts, the data are pairs",
            hint="choose a model for pairs, or join the two columns into one",
        )
    if trained is not None and given != trained:
        raise DataError(
            f"{model} was trained on {_FORMS[trained]}, the inputs are {_FORMS[given]}",
            hint=f"{_GIVE[trained]}; or train it on such inputs: zoo finetune",
        )
