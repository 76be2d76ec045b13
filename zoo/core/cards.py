"""Typed facts that travel between the core, the sources, the engines and the files.

All are pydantic models: frozen, and an unknown field is an error.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

Modality = Literal["image", "text", "audio"]
DataForm = Literal["image", "text", "text pair", "words", "audio"]
"""What one input of a data set is: ``words`` are a text as a list of words, each of which has a tag."""
FeatureKind = Literal["vector", "map", "tokens"]


class Record(BaseModel):
    """Base of every record."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ImageInput(Record):
    """How an image becomes the fixed-size uint8 array that a source receives, and what happens after.

    The core resizes and crops with Pillow by these facts; the source's ``prepare`` normalises natively.
    ``mean`` and ``std`` are in units of 0..1 after division by 255; they are recorded for people and for
    files, the source's ``prepare`` is what counts.
    """

    height: int = Field(gt=0)
    width: int = Field(gt=0)
    channels: int = 3
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"] = "bicubic"
    crop: float = Field(default=1.0, gt=0)
    """Share of the resized image that the crop keeps; the image is first resized to ``size / crop``."""
    mode: Literal["center", "squash", "border"] = "center"
    """center: shorter side resized, centre cut out. squash: both sides resized. border: longer side
    resized, the rest filled with ``fill``."""
    fill: tuple[int, int, int] = (0, 0, 0)
    offset: Literal["nearest", "down"] = "nearest"
    """Where the cut-out begins when what is cut off is an odd number of pixels: rounded to the nearest,
    halves to even (torchvision, timm), or down (transformers)."""
    draft: bool = Field(default=False, exclude=True)
    """A wish of the reader, not a fact of the source, so it is never written: whether a large JPEG may be
    decoded at reduced size, never below twice the size that it is resized to. Faster, but not bit for bit
    the source's reference, so it is for augmented training images only."""
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    bit_depth: int = Field(default=16, ge=8, le=16)
    """Bits that hold the values of integer images of more than 8 bits: 0..2**bit_depth - 1 becomes 0..255.
    Cameras and scanners write 10, 12 or 14 bits into 16. A fact of the user's data, not of the source."""
    background: Literal["white", "black"] = "white"
    """What transparent images are composited on. A choice of the user, not of the source."""


class TextInput(Record):
    """What texts a model takes. A source receives them as they are: the core does not lower or split them."""

    max_length: int | None = Field(default=None, gt=0)
    """Tokens, special ones included, after which the source cuts a text off; None: it states none."""
    pair: bool = False
    """Whether the model takes pairs of texts too (a question and a passage, say), not only single ones."""


class AudioInput(Record):
    """What sounds a model takes. A source receives them as waveforms, mono, float32 in -1..1."""

    rate: int = Field(gt=0)
    """Samples a second, in Hz; the core resamples to it."""
    max_seconds: float | None = Field(default=None, gt=0)
    """After which an audio clip is cut off; None: never."""


AnyInput = ImageInput | TextInput | AudioInput


def modality_of(form: AnyInput) -> Modality:
    """Return what kind of thing an input of this form is."""
    if isinstance(form, ImageInput):
        return "image"
    return "text" if isinstance(form, TextInput) else "audio"


def _input_tag(value: Any) -> str:
    """Return which input a value is, or a file's object describes. Files written before there were texts
    have no tag, so the fields decide."""
    if isinstance(value, dict):
        if "rate" in value:
            return "audio"
        return "text" if value.keys() <= TextInput.model_fields.keys() else "image"
    return modality_of(value) if isinstance(value, AnyInput) else "image"


InputForm = Annotated[
    Annotated[ImageInput, Tag("image")]
    | Annotated[TextInput, Tag("text")]
    | Annotated[AudioInput, Tag("audio")],
    Discriminator(_input_tag),
]
"""What a model takes: images of one geometry, texts, or sounds."""


class Features(Record):
    """What a backbone says about one input: ``vector`` (B, width), ``map`` (B, h, w, width) or
    ``tokens`` (B, T, width)."""

    kind: FeatureKind = "vector"
    width: int = Field(gt=0, le=2**24)
    pooling: str = ""
    """How the source makes one vector out of many states, in its own words (``mean``, ``cls``, ``last``);
    empty: there is but one way."""


class WeightsRef(Record):
    """Where published weights lie: on a Hub of the Hugging Face protocol, in a package, or at a URL."""

    repo: str = ""
    """``organisation/name`` on the Hub; or ``package:zoo_acme``, and ``file`` lies inside that package."""
    file: str = "model.safetensors"
    url: str = ""
    """``http(s)://...`` of one file; ``repo`` is empty then, and ``digest`` says what the file must be."""
    digest: str = ""
    """``md5:...`` or ``sha256:...`` in hexadecimal, as the publisher states it, of the file at ``url``;
    where it is empty, ``sha256`` counts."""
    revision: str | None = None
    """A commit; without it the newest one is looked up, and recorded in the run."""
    sha256: str | None = None
    size: int | None = None
    """Bytes."""
    safetensors: bool | None = None
    """Whether a repository has its weights as safetensors too, without which zoo does not open it from the
    Hub; None: it always does, or nobody has looked."""


class Published(Record):
    """A figure that somebody else measured, with its origin."""

    metric: str
    """What was measured; accuracies are in percent, ``size with head`` is in megabytes (10**6 bytes)."""
    value: float
    dataset: str = ""
    source: str


class ModelCard(Record):
    """Facts about one model, known without loading its weights."""

    id: str
    """``source:name``, without revision."""
    framework: str
    """The native framework of the module: it selects the engine."""
    modality: Modality | None = "image"
    """None: not known before the model is opened."""
    task: str = "image-classification"
    """What the published weights were trained to do."""
    architecture: str = ""
    family: str = ""
    parameters: int | None = None
    """Number of parameters of the backbone, the original head taken off."""
    input: InputForm | None = None
    features: Features | None = None
    kinds: tuple[FeatureKind, ...] = ("vector",)
    """The kinds of features that its backbone can give; a task needs one of them."""
    license: str | None = None
    """SPDX identifier in lower case where there is one."""
    weights: WeightsRef | None = None
    trainable: bool | None = None
    """Whether the backbone can be fine-tuned at all; None: nobody says otherwise."""
    companion: str = ""
    """Name of a second model of the same source that this one cannot do without: the preprocessor of a text
    encoder."""
    published: tuple[Published, ...] = ()
    summary: str = ""
    sources: dict[str, str] = Field(default_factory=dict)
    """Name of a field to where its fact was looked up: stated where it is not the source's own library that
    says so."""

    @model_validator(mode="after")
    def _input_is_of_the_modality(self) -> Self:
        if self.input is not None and modality_of(self.input) != self.modality:
            raise ValueError(f"modality {self.modality!r} does not go with the input {self.input!r}")
        return self

    def _repr_html_(self) -> str:
        from zoo.utils import html
        from zoo.utils.format import count

        rows = [
            ("task", self.task),
            ("framework", self.framework),
            ("parameters", None if self.parameters is None else count(self.parameters)),
            ("features", f"{self.features.kind}, {self.features.width:,} wide" if self.features else None),
            ("licence", self.license or "not stated by its publisher"),
            ("weights", self.weights.repo or self.weights.url if self.weights else ""),
            *((f"published {one.metric}", f"{one.value:g} on {one.dataset}") for one in self.published),
            ("", self.summary),
        ]
        return html.table(self.id, rows)


class FreezeReport(Record):
    """What ``freeze`` did."""

    stages: int
    """Number of stages in the chain."""
    frozen_stages: int
    frozen: int
    """Parameters (scalars) that will not move."""
    trainable: int
    fresh: tuple[str, ...] = ()
    """Tensors inside frozen stages that stay trainable because no weights were loaded into them."""
    added: int = 0
    """Parameters of low-rank adapters, among the trainable ones."""

    def __str__(self) -> str:
        text = (
            f"{self.frozen_stages} of {self.stages} stages frozen: "
            f"{self.frozen:,} parameters fixed, {self.trainable:,} trainable"
        )
        text += f", of them {self.added:,} in low-rank adapters" if self.added else ""
        return text + (
            f" ({len(self.fresh)} tensors were not loaded and stay trainable)" if self.fresh else ""
        )

    def _repr_html_(self) -> str:
        from markupsafe import Markup

        from zoo.utils import html
        from zoo.utils.format import plural

        total = self.frozen + self.trainable
        share = 100 * self.trainable / total if total else 0.0
        bar = Markup(
            '<svg width="240" height="8" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" '
            'aria-label="{0:.2f}% trainable">'
            '<path d="M0 4H100" stroke="currentColor" stroke-opacity=".2" stroke-width="8"/>'
            '<path d="M0 4H{0:.2f}" stroke="#b8501a" stroke-width="8"/></svg>'
        ).format(share)
        rows = [
            ("stages frozen", f"{self.frozen_stages} of {self.stages}"),
            ("parameters fixed", f"{self.frozen:,}"),
            ("trainable", f"{self.trainable:,} ({share:.3g}%)"),
            ("in adapters", f"{self.added:,}" if self.added else None),
            ("not loaded, so trainable", plural(len(self.fresh), "tensor") if self.fresh else None),
            ("", bar),
        ]
        return html.table("freeze", rows)


class TensorFact(Record):
    """One tensor of a live model, as its engine sees it."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    kind: Literal["parameter", "buffer"]
    stage: str
    """Name of the stage, or ``head``."""
    trainable: bool
    fixed: bool = False
    """Whether it is a parameter that its author holds constant (a table of sines, say): nothing trains it."""
    group: str | None = None
    """Name of the optimizer group that updates it; None outside training or when frozen."""
    same_as: str | None = None
    """First name of the tensor, where this is another name of one that was listed before."""
