"""The chain of stages as a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zoo.runs.manifest import Manifest
from zoo.runs.report_schema import ReportFacts, StageFacts

_MOST = 16


@dataclass(frozen=True)
class Link:
    """A stage, or several neighbours that are alike, as one box."""

    name: str
    parameters: int | None
    trainable: int
    state: Literal["frozen", "trained", "adapters", "partly"]
    stages: int = 1


def chain(manifest: Manifest, facts: ReportFacts) -> list[Link]:
    """Return the boxes from the input to the head; long rows of stages in the same state are drawn as one."""
    if not facts.stages:
        frozen = manifest.frozen_stages
        names = [*manifest.stages, "head"]
        links = [
            Link(name, None, 0, "frozen" if number < frozen else "trained")
            for number, name in enumerate(names)
        ]
    else:
        links = [_link(one) for one in facts.stages]
    return links if len(links) <= _MOST else _joined(links)


def _link(stage: StageFacts) -> Link:
    whole = stage.parameters - stage.adapters
    state: Literal["frozen", "trained", "adapters", "partly"] = "partly"
    if stage.trainable == 0:
        state = "frozen"
    elif stage.trainable == stage.adapters:
        state = "adapters"
    elif stage.trainable >= whole:
        state = "trained"
    return Link(stage.name, stage.parameters, stage.trainable, state)


def _joined(links: list[Link]) -> list[Link]:
    """Join neighbouring stages in the same state; the first, the last and the head stay separate, others are
    joined."""
    found: list[Link] = []
    for number, link in enumerate(links):
        alone = number in (0, len(links) - 2, len(links) - 1)
        before = found[-1] if found and number > 1 and not alone else None
        if before is None or before.state != link.state or (before.parameters is None):
            found.append(link)
            continue
        first = before.name.partition(" to ")[0]
        parameters = before.parameters + (link.parameters or 0)
        moved = before.trainable + link.trainable
        found[-1] = Link(f"{first} to {link.name}", parameters, moved, link.state, before.stages + 1)
    return found
