"""The model card that stands in every run: a ``README.md`` that people and the Hub can read."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from zoo.core.cards import modality_of
from zoo.core.figures import figure_of
from zoo.core.licences import ON_THE_HUB, kind_of
from zoo.plugins.tasks import pipeline_of, task_from
from zoo.reporting.cost_rows import cost_words, input_words
from zoo.reporting.headline import how
from zoo.reporting.train_overlap import overlap_words
from zoo.reporting.usage import python
from zoo.runs.baseline_schema import BaselineComparison
from zoo.runs.gains import interval
from zoo.runs.manifest import Manifest
from zoo.runs.report_schema import Cost, TaskCaution
from zoo.training.methods import lora_rank
from zoo.training.train_report import TrainReport, epochs_in, optimism
from zoo.utils.display_width import visible
from zoo.utils.format import MODALITY_NOUN, duration, plural
from zoo.utils.plain_text import clean

_NAMES = 50


def readme(
    manifest: Manifest,
    report: TrainReport | None,
    folder: str,
    *,
    baselines: BaselineComparison | None = None,
    cost: Cost | None = None,
    cautions: Sequence[TaskCaution] = (),
) -> str:
    """Markdown with a YAML block for the Hub; says what is known, and of the rest that it is not known."""
    from huggingface_hub import ModelCard

    # The Hub's own class reads block and text back: what it cannot read is a fault found here.
    body = _text(manifest, report, folder, baselines, cost, cautions)
    text = f"---\n{_metadata(manifest, report)}\n---\n\n{body}"
    return str(ModelCard(visible(text)))


def _metadata(manifest: Manifest, report: TrainReport | None) -> str:
    from huggingface_hub import ModelCardData

    card, task = manifest.card, task_from(manifest.task)
    license = (card.license or "").lower()
    known: dict[str, Any] = {}
    if manifest.origin == "random":
        pass  # nobody's weights are in it: its licence is its maker's to choose
    elif license in ON_THE_HUB:
        known["license"] = license
    elif license:
        known |= {"license": "other", "license_name": clean(license)}
    # Weights that were random at first are nobody's; a base must be a repository of the Hub.
    if manifest.origin != "random" and card.weights and re.fullmatch(r"[\w.-]+/[\w.-]+", card.weights.repo):
        known["base_model"] = card.weights.repo
    name = manifest.data.name if manifest.data else ""
    if found := re.fullmatch(r"hf:([\w.-]+/[\w.-]+)", name):
        known["datasets"] = [found[1]]
    if pipeline := pipeline_of(task.kind, modality_of(manifest.input)):
        known["pipeline_tag"] = pipeline
    results = _results(manifest, report, pipeline)
    if results:
        known |= {"model_name": clean(card.id), "eval_results": results, "metrics": [task.metric]}
    tags = ["zoo", "fine-tuned", task.kind, *(["lora"] if lora_rank(manifest.method) else [])]
    return ModelCardData(library_name="zoo", tags=tags, **known).to_yaml(line_break="\n")


def _results(manifest: Manifest, report: TrainReport | None, pipeline: str | None) -> list[Any]:
    """Return every finite metric of every split, as the Hub's model index has them.

    Of a split with inputs that were trained on, those of the others alone: the index has no place to say so.
    """
    from huggingface_hub import EvalResult

    data = clean(manifest.data.name) if manifest.data else "not stated"
    known = task_from(manifest.task).figures
    return [
        EvalResult(
            task_type=pipeline or str(manifest.task["kind"]),
            dataset_type=data,
            dataset_name=data,
            dataset_split=split,
            metric_type=name,
            metric_name=figure_of(known, name).title,
            metric_value=round(value, 6),
        )
        for split, figures in _measured(manifest, report).items()
        for name, value in figures.items()
        if value is not None and math.isfinite(value)
    ]


def _measured(manifest: Manifest, report: TrainReport | None) -> dict[str, dict[str, float | None]]:
    """Return the metrics of each split on inputs that were not trained on."""
    overlap = report.overlap if report else {}
    return {
        split: dict(overlap[split].metrics if split in overlap and overlap[split].trained_on else figures)
        for split, figures in manifest.metrics.items()
    }


def _text(
    manifest: Manifest,
    report: TrainReport | None,
    folder: str,
    baselines: BaselineComparison | None,
    cost: Cost | None,
    cautions: Sequence[TaskCaution],
) -> str:
    card, task = manifest.card, task_from(manifest.task)
    names = ", ".join(_code(name) for name in task.names[:_NAMES])
    more = f" and {len(task.names) - _NAMES} more" if len(task.names) > _NAMES else ""
    kept = "kept apart" if manifest.base else "folded in"
    lines = [
        f"# {card.id} fine-tuned: {task.kind}",
        "",
        f"{_code(card.id)}, {how(manifest)}, trained with zoo {manifest.zoo}.",
        "",
        f"- **Task**: {task.kind}; {plural(len(task.names), *task.noun)}: {names}{more}",
        f"- **Input**: {input_words(manifest.input)}",
        f"- **Frozen**: {manifest.frozen_stages} of {len(manifest.stages)} stages"
        + (f"; low-rank adapters ({manifest.method}), {kept}" if lora_rank(manifest.method) else ""),
        "",
        "## Use",
        "",
        *_block("python", python(manifest, folder, task.answer)),
    ]
    if manifest.base:
        lines += [
            f"The run holds adapters and head alone. To open it, its base is needed: "
            f"{_code(manifest.base.named(card.id))}, sha256 `{manifest.base.sha256}`.",
            "",
        ]
    lines += ["## Results", ""]
    if cautions:
        lines += [*(f"- **Caution**: {_cell(one.text)}" for one in cautions), ""]
    lines += _figures(manifest, report)
    if baselines and baselines.baselines:
        lines += ["## Baselines", "", *_baselines(baselines)]
    lines += ["## Training", "", *_training(manifest, report, cost)]
    lines += ["## Origin and licence", "", *_origin(manifest)]
    lines += [
        "## Limits",
        "",
        "The figures hold for data like those above; how the model does on others was not measured. Whether "
        "its answers treat groups of people alike was not measured either.",
        "",
        "What the run looked like, epoch by epoch and class by class, stands in `report.html` beside this "
        "file, unless it was left out; `zoo report` makes it again.",
        "",
    ]
    return "\n".join(lines)


def _figures(manifest: Manifest, report: TrainReport | None) -> list[str]:
    if not manifest.metrics:
        return ["Nothing was held out, so how well the model does is not known.", ""]
    lines, task = [], task_from(manifest.task)
    for split, metrics in manifest.metrics.items():
        count = manifest.data.counts.get(split) if manifest.data else None
        of = f" ({plural(count, 'example')})" if count else ""
        overlap = report.overlap.get(split) if report else None
        rest = overlap.metrics if overlap else {}
        lines += [f"On {split}{of}:", ""]
        if overlap:
            thing = MODALITY_NOUN[modality_of(manifest.input)]
            words = overlap_words(overlap, thing, task.metric, task.figures)
            lines += [f"Training data: {clean(words)}.", ""]
        lines += ["| metric | value |" + (" not trained on |" if rest else "")]
        lines += ["| --- | --- |" + (" --- |" if rest else "")]
        for name, value in metrics.items():
            figure = figure_of(task.figures, name)
            line = f"| {figure.title} | {figure.text(value)} |"
            lines.append(line + (f" {figure.text(rest.get(name))} |" if rest else ""))
        lines += ["", *([optimism(split), ""] if split == manifest.selected_on else [])]
    return lines


def _baselines(found: BaselineComparison) -> list[str]:
    """Return the table and the sentences: what the same examples give without what the model knew."""
    figure = found.figure
    unit = f" ({figure.points})" if figure.points else ""
    of = f"{found.asked:,} of {plural(found.held_out, 'example')}"
    lines = [
        f"On {found.split}, {of if found.asked < found.held_out else plural(found.asked, 'example')}:",
        "",
        f"| model | {figure.title} | run ahead by{unit}, 95% interval |",
        "| --- | --- | --- |",
        f"| this run | {figure.text(found.run.get(found.metric))} | |",
    ]
    for one in found.baselines:
        if one.gain is not None:
            value = figure.text(one.metrics.get(found.metric))
            between = interval(one.gain, figure) or "no interval"
            ahead = f"{figure.difference(one.gain.value)}, {between}"
            lines.append(f"| {_cell(one.words)} | {value} | {ahead} |")
        else:
            lines.append(f"| {_cell(one.words)} | left out: {_cell(one.skipped)} | |")
    said = [" ".join(map(_cell, found.verdict)), ""] if found.verdict else []
    return [*lines, "", *said]


def _cell(text: str) -> str:
    return re.sub(r"([|<>*_`\[\]])", r"\\\1", clean(text.replace("\n", " ")))


def _training(manifest: Manifest, report: TrainReport | None, cost: Cost | None) -> list[str]:
    lines = ["- **Data**: the run does not say what it was trained on"]
    if manifest.data:
        counts = ", ".join(f"{count:,} {split}" for split, count in manifest.data.counts.items() if count)
        print_ = manifest.data.fingerprint[:16]
        lines = [f"- **Data**: {_code(manifest.data.name)} ({counts}), fingerprint `{print_}`"]
    if report:
        trained = f"{plural(epochs_in(report.epochs), 'epoch')}, {plural(report.steps, 'step')}"
        trained += f"; kept epoch {report.best_epoch}"
        # A head may be solved first and all of it trained then.
        done = [clean(report.head)] if report.head else []
        done += [f"then {trained}" if done else trained] if report.steps or not done else []
        lines.append(f"- **Training**: {'; '.join([*done, duration(report.seconds)])}")
        if report.cache:
            lines.append(f"- **Frozen work**: {clean(report.cache)}")
        if report.reduced:
            lines.append(f"- **Input**: {report.reduced}")
        lines += [f"- **Note**: {clean(note)}" for note in report.notes]
    if cost and cost.parts:
        lines.append(f"- **Cost**: {cost_words(cost, f'{cost.device} ({cost.machine})')}")
    versions = ", ".join(f"{name} {one}" for name, one in manifest.versions.items())
    return [*lines, f"- **Versions**: {versions}", ""]


def _origin(manifest: Manifest) -> list[str]:
    card = manifest.card
    random = manifest.origin == "random"
    lines = [f"- **Started from**: {'random weights' if random else _code(manifest.origin)}"]
    if manifest.origin_sha256:
        lines[0] += f", sha256 `{manifest.origin_sha256}`"
    if manifest.parent:
        lines.append(f"- **Parent**: {_code(manifest.parent.model)}")
    said = card.license or "not stated by its publisher"
    lines.append(f"- **Licence of the starting model**: {said}")
    if kind_of(card.license) == "noncommercial" and not random:
        lines.append(
            "- **This licence allows no commercial use**, and that holds for the fine-tuned model too."
        )
    return [*lines, "- **Licence of the data**: not known to zoo", ""]


def _block(language: str, text: str) -> list[str]:
    return [f"```{language}", text, "```", ""]


def _code(text: str) -> str:
    """Text that Markdown shows as it is: whoever chose a label does not write this page."""
    text = clean(text.replace("\n", " "))
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text[:1] in ("`", " ") or text[-1:] in ("`", " ") else ""
    return f"{fence}{pad}{text}{pad}{fence}"
