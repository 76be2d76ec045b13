"""Whether weights that a source is given arrive in the model, on weights that the kit makes itself."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from zoo.errors import ConfigError, IntegrityError
from zoo.testing.made_weights import moved, rewritten, save
from zoo.testing.prints import changed, prints
from zoo.testing.result import NotApplicable, demand, listed
from zoo.testing.subject import Subject
from zoo.utils.arrays import Array

_PREFIX = "backbone."
_HINT = (
    "read the file that open() receives (safetensors.torch.load_file(weights)) and fill every tensor; raise "
    "IntegrityError for a file of another model"
)


def check_weights_arrive_in_the_model(subject: Subject) -> None:
    """Weights that the kit makes and saves as safetensors are, once opened, in the model bit for bit.

    The file has the tensors of the module under the module's own names. Where the source refuses these names,
    the kit changes the values of a file in the source's own format: the weights that were given to the kit,
    or those that the card names in a package. Each tensor of the model must change with the file then.

    Raises:
        NotApplicable: the source states that it takes no such file: its models are programs, its card has no
            weights and ``open`` raises ConfigError when it is given some, or the file is of a format that
            only ``Source.vet`` knows.
    """
    if subject.source.programs:
        raise NotApplicable(f"the models of {subject.id.source} are programs that bring their weights")
    with tempfile.TemporaryDirectory() as folder:
        refusal = _own_names(subject, Path(folder))
        if not refusal:
            return
        example = _example(subject)
        if example is not None:
            _own_format(subject, example, Path(folder))
            return
    if subject.source.vet or subject.source.assets:
        raise NotApplicable(
            f"the source has a format of its own: {refusal}\n"
            "  hint: give the kit weights in that format: zoo check ID --weights PATH"
        )
    raise AssertionError(
        f"open() refuses a file with the tensors of its own module: {refusal}\n  hint: {_HINT}; where files "
        "name tensors otherwise than the module, give the kit one: zoo check ID --weights FILE"
    )


def _own_names(subject: Subject, folder: Path) -> str:
    """Save the state of the module, open it and compare; return why the source refuses it, or nothing."""
    adapter = subject.model.adapter
    if subject.source.assets:
        return "its weights lie in a folder with the files that describe the model"
    facts = adapter.tensors()
    again = {fact.name: fact.same_as for fact in facts if fact.same_as}
    state = {name: value for name, value in adapter.weights().items() if name.startswith(_PREFIX)}
    lost = sorted({fact.name for fact in facts if fact.name.startswith(_PREFIX)} - state.keys())
    if lost:
        # A fault of the engine, which would look like one of the source here.
        raise NotApplicable(f"weights() leaves out {listed(lost)} (see check_saved_run_predicts_the_same)")
    made = {name: moved(value, seed) for seed, (name, value) in enumerate(sorted(state.items()))}
    made |= {name: made[first] for name, first in again.items() if name in made}
    file = folder / "model.safetensors"
    save({name.removeprefix(_PREFIX): value for name, value in made.items()}, file)
    try:
        found, _ = _opened(subject, file)
    except IntegrityError as error:
        return error.message
    differing = sorted(changed(prints(made), prints(found)))
    demand(
        not differing,
        f"{len(differing)} of {len(made)} tensors do not hold what the file holds: "
        + listed([name.removeprefix(_PREFIX) for name in differing]),
        _HINT,
    )
    return ""


def _own_format(subject: Subject, example: Path, folder: Path) -> None:
    """Open two files in the format of ``example`` that differ in every number; every tensor must differ."""
    found, fresh = [], frozenset[str]()
    for seed in (1, 2):
        place = folder / str(seed)
        place.mkdir()
        copy = rewritten(example, place, seed)
        if copy is None:
            raise NotApplicable(f"{example.name} is not safetensors")
        try:
            weights, fresh = _opened(subject, copy)
        except IntegrityError as error:
            raise AssertionError(
                f"open() refuses {example.name} with other values: {error.message}\n  hint: {_HINT}"
            ) from error
        found.append(weights)
    one, other = map(prints, found)
    floats = {name for name, value in found[0].items() if value.dtype.kind == "f"}
    same = sorted(floats - fresh - changed(one, other))
    demand(
        not same,
        f"{len(same)} of {len(floats)} tensors are the same for two files of different values: "
        + listed([name.removeprefix(_PREFIX) for name in same]),
        f"{_HINT}; name what no file can fill in LoadReport.fresh",
    )


def _opened(subject: Subject, place: Path) -> tuple[dict[str, Array], frozenset[str]]:
    """Return the tensors of the backbone, opened with the weights at ``place``, and the names of fresh ones.

    Raises:
        IntegrityError: the source refuses the weights.
        NotApplicable: it takes none, and says so.
    """
    from zoo.api.open_adapter import LoadOptions, open_adapter
    from zoo.registry.weights import retrieve

    size = subject.input_size
    options = LoadOptions(input_size=None if size is None else (size, size), device=subject.device)
    given: dict[str, Any] = {"assets": None} if subject.source.assets else {}
    try:
        local = retrieve.given(subject.source, place, offline=True)
    except ConfigError as error:
        raise IntegrityError(error.message) from error
    try:
        adapter = open_adapter(subject.loader, subject.engine, subject.card, local, options, **given)
    except ConfigError as error:
        if subject.card.weights is None and subject.weights is None:
            raise NotApplicable(f"the source takes no weights: {error.message}") from error
        raise
    except FileNotFoundError as error:
        raise AssertionError(
            f"open() looks for a file that does not exist: {error}\n"
            "  hint: weights is a path, as is weights.path: load_file(weights), not load_file(str(weights))"
        ) from error
    loaded = adapter.backbone.loaded
    demand(
        loaded.origin == "pretrained" and loaded.loaded > 0,
        f"weights were given, the load report says {loaded.origin}, {loaded.loaded} tensors loaded",
        f"{_HINT}. A model that takes no weights raises ConfigError in open() when it is given some",
    )
    weights = {name: one for name, one in adapter.weights().items() if name.startswith(_PREFIX)}
    return weights, frozenset(_PREFIX + name for name in loaded.fresh)


def _example(subject: Subject) -> Path | None:
    """Return weights of this source that lie on this disk; None: there are none."""
    from zoo.registry.resolve import PlaceRef, resolve
    from zoo.registry.weights.package import PREFIX, package_weights

    if subject.weights is not None:
        return Path(subject.weights)
    named = resolve(subject.text)
    if isinstance(named, PlaceRef):
        return Path(named.place)
    ref = subject.card.weights
    if ref is not None and ref.repo.startswith(PREFIX):
        return package_weights(ref).path
    return None
