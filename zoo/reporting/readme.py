"""The model card that stands in every run: a ``README.md`` that people and the Hub can read."""

from __future__ import annotations

from zoo.records import Modality, modality_of
from zoo.reporting.costs import input_words
from zoo.runs.manifest import Manifest
from zoo.tasks import task_from
from zoo.training.report import TrainReport

_EXAMPLES: dict[Modality, str] = {"image": "picture.png", "text": "some text", "audio": "recording.wav"}


def readme(manifest: Manifest, report: TrainReport | None, folder: str) -> str:
    """Markdown with a YAML front matter; says only what is known."""
    task = task_from(manifest.task)
    card = manifest.card
    example = _EXAMPLES[modality_of(manifest.input)]
    lines = ["---", "library_name: zoo", f"base_model: {card.id!r}"]
    if card.license:
        lines.append(f"license: {card.license}")
    lines += ["tags: [zoo, fine-tuned]", "---", "", f"# {card.id} fine-tuned: {task.kind}", ""]
    kept = "kept apart" if manifest.base else "folded in"
    names = ", ".join(task.names[:20]) + (", ..." if len(task.names) > 20 else "")
    lines += [
        f"- **Started from**: {manifest.origin}"
        + (f", sha256 {manifest.origin_sha256}" if manifest.origin_sha256 else ""),
        f"- **Licence of the starting model**: {card.license or 'not stated by its publisher'}",
        f"- **Task**: {task.kind}; {task.width} outputs: {names}",
        f"- **Frozen**: {manifest.frozen_stages} of {len(manifest.stages)} stages"
        + (f"; low-rank adapters ({manifest.method}), {kept}" if manifest.method else ""),
        f"- **Input**: {input_words(manifest.input)}",
    ]
    if manifest.base:
        lines.append(
            f"- **Base**: {manifest.base.named(card.id)}, sha256 {manifest.base.sha256}; the run holds "
            "adapters and head alone, and opens only where these weights can be had"
        )
    if manifest.parent:
        lines.append(f"- **Parent**: {manifest.parent.model}")
    if manifest.data:
        counts = ", ".join(f"{count} {split}" for split, count in manifest.data.counts.items())
        lines.append(
            f"- **Data**: {manifest.data.name} ({counts}), fingerprint {manifest.data.fingerprint[:16]}"
        )
    if report:
        how = f"{len(report.epochs)} epochs, {report.steps} steps; kept epoch {report.best_epoch}"
        lines.append(f"- **Training**: {report.head or how}; {report.seconds:.1f} s")
        if report.cache:
            lines.append(f"- **Frozen work**: {report.cache}")
        lines += [f"- **Note**: {note}" for note in report.notes]
    for split, figures in manifest.metrics.items():
        lines += ["", f"## Results on {split}", "", "| metric | value |", "| --- | --- |"]
        lines += [f"| {name} | {value:.4f} |" for name, value in figures.items()]
    lines += [
        "",
        "## Use",
        "",
        "```python",
        "import zoo",
        "",
        f"model = zoo.load({folder!r})",
        f'model.predict("{example}")',
        "```",
        "",
        f"Made with zoo {manifest.zoo}.",
        "",
    ]
    return "\n".join(lines)
