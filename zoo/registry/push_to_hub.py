"""Publishing a run as a repository of the Hub, with a model card filled from what the run knows."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import CommitOperationAdd, EvalResult, HfApi, ModelCardData
from huggingface_hub.errors import LocalTokenNotFoundError
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

from zoo.core.ids import quoted
from zoo.errors import ConfigError, NetworkError, ZooError
from zoo.plugins.tasks import pipeline_of, task_from
from zoo.registry.weights.hub_cache_paths import HubLocation, hub_location
from zoo.registry.weights.hub_errors import CLIENT_ERRORS, explain, status_of
from zoo.runs.contents import check_intact
from zoo.runs.lineage import lineage
from zoo.runs.manifest import Manifest, read_manifest
from zoo.runs.marker import NAME
from zoo.runs.reader import read
from zoo.runs.report_schema import Ancestor
from zoo.utils.display_width import visible
from zoo.utils.paths import is_offline


@dataclass(frozen=True)
class Pushed:
    """What lies on the Hub now.

    Attributes:
        repo: ``user/name``.
        commit: its name.
        url: where people see it.
        files: names of the files that were sent.
    """

    repo: str
    commit: str
    url: str
    files: tuple[str, ...]


def push(path: Path, target: str, *, name: str = "", private: bool = True, message: str = "") -> Pushed:
    """Send a run's files in one commit; the repository is made if there is none.

    Sent are the manifest, what it names, and a model card. Not sent are settings and log, which may name
    folders of this machine; the manifest names the data and the places where the weights came from.

    Args:
        path: of the run.
        target: ``hf:user/name``.
        name: what to call the run in its lineage; its path when left out.
        private: whether a repository that is made can be seen by its owner alone.
        message: of the commit.

    Raises:
        ConfigError: ``target`` is not such an id.
        IntegrityError: the run is damaged.
        NetworkError: not logged in, forbidden, out of reach, or offline.
    """
    if not target.startswith("hf:") or target.count("/") != 1:
        raise ConfigError(f"{quoted(target)} is no place on the Hub", hint="write hf:user/name")
    manifest = read_manifest(path)
    check_intact(path, manifest)
    spot = hub_location(target.removeprefix("hf:"), NAME, None)
    if is_offline():
        raise NetworkError(f"cannot push to {target}: zoo is offline", hint="leave --offline out")
    card = model_card(manifest, lineage(path, name), spot.repo)
    files = [*_operations(path, manifest), CommitOperationAdd("README.md", card.encode())]
    api = HfApi(endpoint=spot.endpoint)
    try:
        with _progress_on_terminals_only():
            api.create_repo(spot.repo, private=private, exist_ok=True)
            done = api.create_commit(
                spot.repo, files, commit_message=message or f"Upload {manifest.card.id} fine-tuned with zoo"
            )
    except LocalTokenNotFoundError as error:
        raise _not_logged_in(spot) from error
    except CLIENT_ERRORS as error:
        raise _refused(error, spot) from error
    assert not isinstance(done, list)
    url = f"{spot.shown_endpoint}/{spot.repo}"
    return Pushed(spot.repo, str(done.oid), url, tuple(sorted(one.path_in_repo for one in files)))


def model_card(manifest: Manifest, ancestors: Sequence[Ancestor], repo: str) -> str:
    """Return the README of the repository: front matter that the Hub reads, then text."""
    task = task_from(manifest.task)
    source = manifest.card
    pipeline = pipeline_of(task.kind, str(manifest.card.modality))
    figures = [
        EvalResult(
            task_type=pipeline or task.kind,
            dataset_type=manifest.data.name if manifest.data else "unknown",
            dataset_name=manifest.data.name if manifest.data else "unknown",
            dataset_split=split,
            metric_type=metric,
            metric_value=value,
        )
        for split, metrics in manifest.metrics.items()
        for metric, value in metrics.items()
        if value == value
    ]
    base = source.weights.repo if source.weights and "/" in source.weights.repo else None
    data = ModelCardData(
        library_name="zoo",
        license=licence(ancestors),
        base_model=base,
        pipeline_tag=pipeline,
        tags=["zoo", "fine-tuned"],
        model_name=repo.partition("/")[2],
        eval_results=figures or None,
    )
    names = ", ".join(task.names[:20]) + (", ..." if len(task.names) > 20 else "")
    lines = ["---", data.to_yaml(), "---", "", f"# {repo.partition('/')[2]}", ""]
    lines += [f"{source.id} fine-tuned for {task.kind}: {names}.", "", "## Where it comes from", ""]
    for one in ancestors:
        lines.append(f"- {os.path.basename(one.model) if os.path.isabs(one.model) else one.model}, ")
        lines[-1] += f"licence {one.license or 'not stated'}" + (f": {one.note}" if one.note else "")
    if any(one.noncommercial for one in ancestors):
        lines += ["", "**Not for commercial use**: an ancestor's licence forbids it."]
    for split, metrics in manifest.metrics.items():
        lines += ["", f"## Results on {split}", "", "| metric | value |", "| --- | --- |"]
        lines += [f"| {metric} | {value:.4f} |" for metric, value in metrics.items()]
    lines += [
        "",
        "## Use",
        "",
        "```python",
        "import zoo",
        "from huggingface_hub import snapshot_download",
        "",
        # Into a folder: in the client's cache the files are links, which no run may hold.
        f'model = zoo.load(snapshot_download("{repo}", local_dir="{repo.partition("/")[2]}"))',
        "```",
        "",
    ]
    return visible("\n".join(lines))


def licence(ancestors: Sequence[Ancestor]) -> str | None:
    """Return the licence that binds a run: that of an ancestor that forbids commercial use, else the nearest
    one."""
    strict = next((one.license for one in ancestors if one.noncommercial), None)
    return strict or next((one.license for one in ancestors if one.license), None)


def _operations(path: Path, manifest: Manifest) -> Iterator[CommitOperationAdd]:
    # As bytes: a path would be read again, and might be another file by then.
    yield CommitOperationAdd(NAME, read(path, NAME))
    for name, fact in sorted(manifest.files.items()):
        yield CommitOperationAdd(name, read(path, name, fact))


@contextmanager
def _progress_on_terminals_only() -> Iterator[None]:
    off = not sys.stderr.isatty() and not are_progress_bars_disabled()
    if off:
        disable_progress_bars()
    try:
        yield
    finally:
        if off:
            enable_progress_bars()


def _refused(error: Exception, spot: HubLocation) -> ZooError:
    status = status_of(error)
    if status not in (401, 403):
        return explain(error, spot)
    return NetworkError(
        f"the Hub does not let you write to {spot.repo}",
        why=f"HTTP {status} from {spot.shown_endpoint}",
        hint="use a name of your own, and a token that may write: hf auth login",
    )


def _not_logged_in(spot: HubLocation) -> NetworkError:
    return NetworkError(
        f"cannot push to {spot.repo}: nobody is logged in",
        hint="hf auth login, or set HF_TOKEN to a token that may write",
    )
