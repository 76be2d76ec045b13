"""What a notebook shows of zoo's objects: small tables, every value escaped, in the colours of its theme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from zoo.catalogue.query import accuracy_of, input_of
from zoo.reporting.numbers import THINGS, count, duration, figure, named, plural
from zoo.reporting.plain_text import clean

if TYPE_CHECKING:
    from zoo.datasets.dataset import Dataset
    from zoo.finetuning import Run
    from zoo.model import Model
    from zoo.records import FreezeReport, ModelCard
    from zoo.training.report import TrainReport

Pairs = Iterable[tuple[str, Any]]
_CARDS = 100


def card(one: ModelCard) -> str:
    """Facts about a model; what is not known is left out."""
    weights = one.weights.repo or one.weights.url if one.weights else ""
    rows = [
        ("task", one.task),
        ("framework", one.framework),
        ("parameters", None if one.parameters is None else count(one.parameters)),
        ("features", f"{one.features.kind}, {one.features.width:,} wide" if one.features else None),
        ("licence", one.license or "not stated by its publisher"),
        ("weights", weights),
        *((f"published {found.metric}", f"{found.value:g} on {found.dataset}") for found in one.published),
        ("", one.summary),
    ]
    return _table(one.id, rows)


def cards(many: Sequence[ModelCard]) -> str:
    """A list of models, the first hundred."""
    header = ("model", "task", "parameters", "input", "width", "licence", "top-1")
    rows = []
    for one in many[:_CARDS]:
        row = {**one.model_dump(mode="json", exclude_defaults=True), "modality": one.modality}
        top = accuracy_of(row)
        rows.append(
            (
                one.id,
                one.task,
                "" if one.parameters is None else count(one.parameters),
                input_of(row),
                str(one.features.width) if one.features else "",
                one.license or "not stated",
                "" if top is None else f"{top:.1f}",
            )
        )
    more = f"and {len(many) - _CARDS:,} more" if len(many) > _CARDS else ""
    return _grid(plural(len(many), "model"), header, rows, more)


def model(one: Model) -> str:
    """A live model: what it is, what is frozen, what comes out."""
    stages = one.adapter.backbone.stages
    rows = [
        ("head", f"{one.task.kind}, {plural(one.task.width, 'output')}" if one.task else "none yet"),
        ("frozen", f"{one.frozen_stages} of {plural(len(stages), 'stage')}"),
        ("method", one.method),
        ("weights", one.origin.place),
        ("licence", one.card.license or "not stated by its publisher"),
        ("device", one.adapter.device),
    ]
    return _table(one.card.id, rows)


def dataset(one: Dataset) -> str:
    """Data: how much, what kind, split how."""
    splits = ", ".join(f"{number:,} {split}" for split, number in one.counts().items() if number)
    names = ", ".join(one.task.names[:10]) + (", ..." if one.task.width > 10 else "")
    rows = [
        (f"{THINGS[one.inputs.modality]}s", splits),
        ("task", f"{one.task.kind} ({one.task.width}: {names})"),
        ("fingerprint", one.fingerprint[:16]),
        *(("", note) for note in one.notes),
    ]
    return _table(one.name, rows)


def freeze(one: FreezeReport) -> str:
    """What was frozen, with a bar of what still moves."""
    total = one.frozen + one.trainable
    share = 100 * one.trainable / total if total else 0.0
    bar = Markup(
        '<svg width="240" height="8" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" '
        'aria-label="{0:.2f} % trainable">'
        '<path d="M0 4H100" stroke="currentColor" stroke-opacity=".2" stroke-width="8"/>'
        '<path d="M0 4H{0:.2f}" stroke="#b8501a" stroke-width="8"/></svg>'
    ).format(share)
    rows = [
        ("stages frozen", f"{one.frozen_stages} of {one.stages}"),
        ("parameters fixed", f"{one.frozen:,}"),
        ("trainable", f"{one.trainable:,} ({share:.3g} %)"),
        ("in adapters", f"{one.added:,}" if one.added else None),
        ("not loaded, so trainable", plural(len(one.fresh), "tensor") if one.fresh else None),
        ("", bar),
    ]
    return _table("freeze", rows)


def training(one: TrainReport) -> str:
    """Figures of a training."""
    effort = f"{plural(len(one.epochs), 'epoch')}, {plural(one.steps, 'step')}, {duration(one.seconds)}"
    rows: list[tuple[str, Any]] = [("trained", effort), ("kept epoch", one.best_epoch)]
    rows += _metrics(one.metrics)
    return _table("training", [*rows, *(("note", note) for note in one.notes)])


def run(one: Run) -> str:
    """A finished run, with its main figures and where its page is."""
    rows: list[tuple[str, Any]] = [("model", one.model.card.id), ("data", one.data.name)]
    rows += _metrics(one.report.metrics)
    if one.controls and one.controls.verdict:
        rows.append(("controls", one.controls.verdict[0]))
    rows += [("time", duration(one.report.seconds)), ("page", one.html)]
    return _table(str(one.path), rows)


def _metrics(metrics: Mapping[str, Mapping[str, float]]) -> list[tuple[str, Any]]:
    return [
        (split, ", ".join(f"{named(name)} {figure(name, value)}" for name, value in figures.items()))
        for split, figures in metrics.items()
    ]


def _table(title: str, rows: Pairs) -> str:
    found = Markup("").join(
        Markup('<tr><th style="text-align:left">{}</th><td style="text-align:left">{}</td></tr>').format(
            name, _cell(value)
        )
        for name, value in rows
        if value not in (None, "")
    )
    return str(
        Markup("<table><caption><b>{}</b></caption><tbody>{}</tbody></table>").format(clean(title), found)
    )


def _grid(title: str, header: Sequence[str], rows: Iterable[Sequence[str]], more: str) -> str:
    heads = Markup("").join(Markup('<th style="text-align:left">{}</th>').format(name) for name in header)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup('<td style="text-align:left">{}</td>').format(_cell(one)) for one in row)
        )
        for row in rows
    )
    text = Markup("<table><caption><b>{}</b></caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>{}")
    return str(text.format(title, heads, body, more))


def _cell(value: Any) -> Markup:
    return value if isinstance(value, Markup) else escape(clean(str(value), 500))
