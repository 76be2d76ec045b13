"""``zoo resume``."""

from __future__ import annotations

from pathlib import Path

import click

from zoo.cli import options as shared


@click.command("resume")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--epochs", type=int, help="Change the length of the whole run (default: as it was).")
@click.option("--steps", type=int, help="Change the length of the whole run (default: as it was).")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="A.B=V",
    help="Change a setting, for example train.patience=3; may be repeated.",
)
@shared.trust
@shared.follow_links
@shared.allow_outside
@shared.as_json
def command(
    run: Path,
    epochs: int | None,
    steps: int | None,
    settings: tuple[str, ...],
    trust: bool,
    follow_links: bool | None,
    allow_outside: bool | None,
    as_json: bool,
) -> None:
    """Go on with RUN, the folder of a run that was interrupted.

    It ends as if it had never been interrupted, to the last bit, on the same machine and versions.
    """
    from zoo.api.resume import resume
    from zoo.cli.finetune_ import say, say_resumable, show
    from zoo.cli.progress import TrainingProgress

    progress = TrainingProgress(quiet=as_json)
    given = (("epochs", epochs), ("steps", steps))
    rights = (("follow_links", follow_links), ("allow_outside", allow_outside))
    wanted = [f"train.{name}={value}" for name, value in given if value is not None]
    try:
        done = resume(
            run,
            settings=[*wanted, *(f"split.{name}=true" for name, given in rights if given), *settings],
            trust=trust,
            observer=progress,
            say=(lambda what, thing: None) if as_json else say,
        )
    except BaseException:
        progress.close()
        say_resumable(run)
        raise
    finally:
        progress.close()
    show(done, None, as_json)
