"""The group of verbs, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import errno
import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Any, NoReturn

import click

from zoo.cli.streams import lasting, silence
from zoo.utils.signals import Terminated

COMMANDS = {
    "list": "Show the registry of known models.",
    "search": "Search for models by words.",
    "show": "Show what is known of one model or run.",
    "compare": "Put models side by side.",
    "finetune": "Fine-tune a model on your data.",
    "resume": "Go on with a run that was interrupted.",
    "predict": "Ask a run about images or texts.",
    "evaluate": "Measure a run on data.",
    "embed": "Write a model's vectors for data to a file.",
    "pull": "Fetch weights now, to work offline later.",
    "cache": "List, verify and remove what was downloaded and computed.",
    "register": "Keep a run on your local registry.",
    "push": "Publish a run on the Hub.",
    "report": "Show a run on a page, or compare several.",
    "transfer": "See whether transfer pays: a model against its baselines.",
    "plugins": "Show the plugins: what they offer, what went wrong.",
    "check": "Prove that a model keeps the promises of the interface.",
    "registry": "Keep a registry file.",
    "completion": "Print a script that completes ids in your shell.",
    "doctor": "Look at this installation and say what to fix.",
}
"""Each verb is ``command`` in ``zoo.cli.<verb>_`` (the underscore keeps ``list`` a builtin)."""


class Verbs(click.Group):
    """A group that knows its verbs by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Our verbs in the order of use; plugins' verbs work too, ``zoo plugins`` lists them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb."""
        if cmd_name in COMMANDS:
            found = import_module(f"zoo.cli.{cmd_name}_").command
        else:
            from zoo.plugins.import_target import load_target
            from zoo.plugins.manager import manager

            record = manager().commands().get(cmd_name)
            found = load_target(record) if record else None
        return found if isinstance(found, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve a command as click does; suggest similar ones for a misspelt name."""
        name = args[0]
        if not ctx.resilient_parsing and not name.startswith("-") and self.get_command(ctx, name) is None:
            from zoo.utils.suggestions import did_you_mean

            near = did_you_mean(name, COMMANDS).capitalize() or "zoo --help lists the commands."
            ctx.fail(f"No such command {name!a}. {near}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=lambda c, p, v: _version(c, v)
)
@click.option("--offline", is_flag=True, help="Use no network (also ZOO_OFFLINE=1).")
@click.option("-v", "--verbose", is_flag=True, help="Show tracebacks (also ZOO_DEBUG=1).")
def zoo(offline: bool, verbose: bool) -> None:
    """One interface over pretrained models: list, fine-tune and use them.

    \b
    zoo list "*resnet18*"
    zoo finetune timm:resnet18.a1_in1k photos/ --out runs/photos
    zoo predict runs/photos image.jpg
    """
    if offline:
        # Before any library is imported: some read their own switch only then.
        os.environ["ZOO_OFFLINE"] = os.environ["HF_HUB_OFFLINE"] = "1"
    if verbose:
        os.environ["ZOO_DEBUG"] = "1"


def _version(context: click.Context, wanted: bool) -> None:
    if wanted:
        from zoo.utils.version import __version__

        click.echo(f"zoo {__version__}")
        context.exit()


def run() -> NoReturn:
    """Run the command line and exit.

    0 fine, 1 ran and failed, 2 usage or settings, 3 data, 4 unknown model or missing plugin, 5 integrity,
    6 network, 7 disk or memory, 130 interrupted, 143 terminated.
    """
    sys.stdout, sys.stderr = lasting(sys.stdout), lasting(sys.stderr)
    signal.signal(signal.SIGTERM, _terminate)
    code = _guarded()
    try:
        sys.stdout.flush()
    except OSError as error:
        # Python would complain once more at exit.
        silence(sys.stdout.fileno())
        code = code or _unforeseen(error)
    sys.exit(code)


def _guarded() -> int:
    from zoo.errors import ZooError

    if "_ZOO_COMPLETE" in os.environ:
        from zoo.cli.completion import install

        install()
    try:
        result = zoo.main(prog_name="zoo", standalone_mode=False, color=_color())
        return result if isinstance(result, int) else 0
    except ZooError as error:
        _tell(error.as_json(), error.message, error.hint)
        return _debug(error) or error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        if isinstance(error, click.NoSuchOption) and error.option_name in ("--offline", "--verbose", "-v"):
            where = f"It stands before the verb: zoo {error.option_name} ..."
            error = click.UsageError(f"{error.format_message()} {where}", error.ctx)
        if "--json" in sys.argv:
            _tell(
                {
                    "schema": "zoo.error/1",
                    "error": "Usage",
                    "exit_code": 2,
                    "message": error.format_message(),
                },
                "",
                "",
            )
        else:
            error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("zoo: interrupted", err=True)
        return 130
    except Terminated:
        click.echo("zoo: terminated", err=True)
        return 143
    except MemoryError:
        from zoo.errors import OutOfMemory

        full = OutOfMemory("out of memory", hint="use a smaller --batch-size or --input-size")
        _tell(full.as_json(), full.message, full.hint)
        return full.exit_code
    except Exception as error:
        return _unforeseen(error)
    except BaseException as error:
        from zoo.utils.library_errors import as_error, is_panic

        if not is_panic(error):
            raise
        panic = as_error(error)
        _tell(panic.as_json(), panic.message, panic.hint)
        return _debug(error) or panic.exit_code


def _unforeseen(error: Exception) -> int:
    """Say what no verb has foreseen; returns the exit code."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        from zoo.errors import ResourceError

        full = ResourceError(
            "there is no room to write",
            path=error.filename,
            why=error.strerror or "",
            hint="free space, try again",
        )
        _tell(full.as_json(), full.message, full.hint)
        return _debug(error) or full.exit_code
    _tell(
        {"schema": "zoo.error/1", "error": type(error).__name__, "exit_code": 1, "message": str(error)},
        f"this should not happen: {type(error).__name__}: {str(error)[:300]}",
        "it is a fault in zoo or in a library; ZOO_DEBUG=1 shows where",
    )
    return _debug(error) or 1


def _debug(error: BaseException) -> int:
    if os.environ.get("ZOO_DEBUG", "") not in ("", "0"):
        raise error
    return 0


def _tell(tree: dict[str, Any], message: str, hint: str) -> None:
    if "--json" in sys.argv:
        import json

        click.echo(json.dumps(tree), err=True)
        return
    from zoo.cli.table import plain

    # On one line each: a text from a file must not look like another message.
    click.echo(click.style("error: ", fg="red", bold=True) + plain(message), err=True, color=_color())
    if hint:
        click.echo(f"  hint: {plain(hint)}", err=True)


def _color() -> bool | None:
    """Colours on a terminal, unless ``NO_COLOR`` is set to anything (no-color.org)."""
    return False if os.environ.get("NO_COLOR") else None


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated
