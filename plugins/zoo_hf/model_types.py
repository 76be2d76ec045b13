"""Model types: which of transformers' classes a configuration stands for, by the library's own tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from transformers import AutoModel, PreTrainedConfig
from transformers.models.auto import modeling_auto as auto
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from zoo.errors import ConfigError, IntegrityError, UnknownModel
from zoo.plugin import messages

Modality = Literal["text", "image", "audio"]

TASK_CLASSES: dict[Modality, Any] = {
    "text": auto.AutoModelForSequenceClassification,
    "image": auto.AutoModelForImageClassification,
    "audio": auto.AutoModelForAudioClassification,
}
TYPES: dict[Modality, Any] = {
    "text": auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
    "image": auto.MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES,
    "audio": auto.MODEL_FOR_AUDIO_CLASSIFICATION_MAPPING_NAMES,
}
"""Model types that have a classifier, by what they take."""
_INPUTS: dict[str, Modality] = {
    "input_ids": "text",
    "pixel_values": "image",
    "input_values": "audio",
    "input_features": "audio",
}
_HOLLOW = {
    "mra": "without a kernel for CUDA that the library loads from the Hub, its attention answers zeros",
}
"""Types that answer every input alike, and why."""


@dataclass(frozen=True)
class Kind:
    """What a model is: the modality, its classifier (None: transformers has none) and its bare class."""

    modality: Modality
    classifier: type | None
    bare: type | None


def config_from(tree: dict[str, Any], model_id: str) -> PreTrainedConfig:
    """Return the library's configuration object; nothing is looked up on a network.

    Raises:
        UnknownModel: this version of transformers does not have the type.
        IntegrityError: it names no type, or the values do not make a configuration.
    """
    type_ = tree.get("model_type")
    if type_ is None:
        raise IntegrityError(
            f"the configuration of {model_id} does not say what type of model it is",
            why="config.json has no model_type",
            hint='add it ("model_type": "bert", say), or save the model again with save_pretrained',
        )
    if not isinstance(type_, str) or type_ not in CONFIG_MAPPING:
        raise UnknownModel(
            f"{model_id} is a model of type {str(type_)[:60]!a}, which transformers does not bring",
            hint=messages.did_you_mean(str(type_)[:60], list(CONFIG_MAPPING.keys()))
            or "upgrade transformers",
        )
    try:
        config = CONFIG_MAPPING[type_].from_dict(dict(tree))
        inner = config.get_text_config()
        if not isinstance(inner, PreTrainedConfig):
            raise TypeError(f"type {type_} has no text model inside, and the configuration describes one")
    except Exception as error:
        raise IntegrityError(
            f"the configuration of {model_id} is not one of type {type_}",
            why=f"{type(error).__name__}: {str(error)[:300]}",
            hint="download it again, or remove what is not of this type",
        ) from error
    assert isinstance(config, PreTrainedConfig)
    return config


def unskipping(config: PreTrainedConfig) -> PreTrainedConfig:
    """Return the same configuration without LayerDrop.

    The libraries' models draw, for each layer in training, whether it is left out, frozen or not: then
    what held layers compute would be no constant of an input.
    """
    for name in ("layerdrop", "encoder_layerdrop", "decoder_layerdrop"):
        if getattr(config, name, 0.0):
            setattr(config, name, 0.0)
    return config


def kind_of(config: PreTrainedConfig, description: Any, model_id: str) -> Kind:
    """Modality and classes of a configuration.

    Raises:
        ConfigError: it takes neither texts nor images nor sound alone, or does not compute what it should.
    """
    if config.model_type in _HOLLOW:
        raise ConfigError(
            f"{model_id} is of type {config.model_type}, which says nothing about its input",
            why=_HOLLOW[config.model_type],
            hint="choose another model",
        )
    bare = _class(AutoModel, config)
    modalities = [one for one, types in TYPES.items() if config.model_type in types]
    if len(modalities) > 1:
        named = config.architectures or ()
        images = any("Image" in name for name in named) or (
            not named and "preprocessor_config.json" in description
        )
        modalities = ["image"] if images else ["text"]
    if not modalities:
        main = getattr(bare, "main_input_name", None)
        if main not in _INPUTS or bare is None:
            raise ConfigError(
                f"{model_id} is of type {config.model_type}, from which zoo takes no features",
                why=f"its input is {main!r}" if bare else "transformers has no bare model of it",
                hint="choose a model that takes texts, images or sound",
            )
        modalities = [_INPUTS[main]]
    return Kind(modalities[0], _class(TASK_CLASSES[modalities[0]], config), bare)


def _class(auto_class: Any, config: PreTrainedConfig) -> type | None:
    found = auto_class._model_mapping.get(type(config), None)
    if isinstance(found, (tuple, list)):
        wanted = [one for one in found if one.__name__ in (config.architectures or ())]
        found = (wanted or list(found))[0]
    return found  # type: ignore[no-any-return]
