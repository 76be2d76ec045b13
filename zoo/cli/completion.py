"""Completing what is typed in a shell: ids of models, data schemes and files, also behind a colon, where bash
ends a word."""

from __future__ import annotations

import os
import re

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class, split_arg_string

_MOST = 200
_ID = re.compile(rb'^\{"id": ?"([^"\\]+)"', re.MULTILINE)

_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n'
    local response
    response=$(env ZOO_LINE="${COMP_LINE:0:$COMP_POINT}" ZOO_BREAKS="$COMP_WORDBREAKS" \\
%(complete_var)s=bash_complete $1)
    for completion in $response; do
        IFS=',' read type value <<< "$completion"
        if [[ $type == 'dir' ]]; then
            COMPREPLY=()
            compopt -o dirnames
        elif [[ $type == 'file' ]]; then
            COMPREPLY=()
            compopt -o default
        elif [[ $type == 'plain' ]]; then
            COMPREPLY+=($value)
            # What ends with a colon is not yet a word.
            [[ $value == *: ]] && compopt -o nospace 2> /dev/null
        fi
    done
    return 0
}
complete -o nosort -o default -F %(complete_func)s %(prog_name)s
"""


class ModelType(click.ParamType[str]):
    """A model: an id, completed from the registry's bytes alone; or any other text."""

    name = "model"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """As it is: the source decides whether it knows it."""
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return ids that begin with what is typed, or bare names; a path is the shell's to complete."""
        if incomplete.startswith((".", "/", "~")):
            return [CompletionItem(incomplete, type="file")]
        if incomplete == "":
            return [CompletionItem(f"{source}:") for source in _sources()]
        found = known_ids(incomplete)
        if not found and ":" not in incomplete:
            ids = known_ids(*(f"{source}:{incomplete}" for source in _sources()))
            found = [model_id.partition(":")[2] for model_id in ids]
        return [CompletionItem(one) for one in found[:_MOST]] or [CompletionItem(incomplete, type="file")]


class RunType(click.ParamType[str]):
    """A run: a folder, or a model of the local registry."""

    name = "run"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the value unchanged: the command that opens it reports errors."""
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return files, and where none begins with what is typed, ``local:`` and the names behind it."""
        if incomplete.startswith("local:"):
            return [CompletionItem(model_id) for model_id in known_ids(incomplete)[:_MOST]]
        if _has_file(incomplete) or not ("local:".startswith(incomplete) and known_ids("local:")):
            return [CompletionItem(incomplete, type="file")]
        return [CompletionItem("local:")]


class DataType(click.ParamType[str]):
    """Data: a file or folder, or ``scheme:name``."""

    name = "data"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the value unchanged: the command that opens it reports errors."""
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return files, and where none begins with what is typed, the data schemes that do."""
        from zoo.plugins.manager import manager

        found = [f"{name}:" for name in sorted(manager().schemes()) if f"{name}:".startswith(incomplete)]
        if _has_file(incomplete) or not found:
            return [CompletionItem(incomplete, type="file")]
        return [CompletionItem(one) for one in found]


class TaskType(click.ParamType[str]):
    """A task of zoo or of a plugin."""

    name = "task"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """As it is: whoever looks it up says what is wrong."""
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return names of tasks that begin with what is typed."""
        from zoo.plugins.manager import manager

        return [CompletionItem(name) for name in manager().tasks() if name.startswith(incomplete)]


def _has_file(start: str) -> bool:
    """Return whether a file's path begins so; hidden files alone are none."""
    folder, name = os.path.split(os.path.expanduser(start))
    try:
        with os.scandir(folder or ".") as entries:
            return any(one.name.startswith(name) and (name or one.name[0] != ".") for one in entries)
    except OSError:
        return False


MODEL = ModelType()
RUN = RunType()
DATA = DataType()
TASK = TaskType()


class _Bash(BashComplete):
    """Words by the typed line, not by bash's own division at colons."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """Complete words before the cursor, and the one at it."""
        line = os.environ.get("ZOO_LINE", "")
        words = split_arg_string(line)
        incomplete = words.pop() if words and not line[-1:].isspace() else ""
        return words[1:], incomplete

    def format_completion(self, item: CompletionItem) -> str:
        """Return what replaces bash's word: without what stands before its last colon."""
        value = item.value
        if ":" in os.environ.get("ZOO_BREAKS", ""):
            _, incomplete = self.get_completion_args()
            start = incomplete.rpartition(":")[0]
            if start:
                value = value.removeprefix(start + ":")
        return f"{item.type},{value}"

    @staticmethod
    def _check_version() -> None:
        """Require nothing: every bash in use has what the script needs."""


def install() -> None:
    """Make click use these classes."""
    add_completion_class(_Bash)


def known_ids(*starts: str) -> list[str]:
    """Return ids that begin with one of these texts, sorted: of the registry, of the plugins' catalogues and
    of the local registry. Nothing is parsed."""
    from zoo.registry.large_index import ids_from, is_large
    from zoo.registry.reader import registry_files
    from zoo.runs.local_names import SOURCE, names_there

    found = {model_id for name in names_there() if (model_id := f"{SOURCE}:{name}").startswith(starts)}
    for path in registry_files():
        try:
            if is_large(path):
                found.update(model_id for start in starts for model_id in ids_from(path, start, _MOST))
            else:
                ids = (match.decode() for match in _ID.findall(path.read_bytes()))
                found.update(model_id for model_id in ids if model_id.startswith(starts))
        except (OSError, ValueError):
            # Completion does not report a broken file; every command does.
            continue
    return sorted(found)


def _sources() -> list[str]:
    from zoo.plugins.manager import manager
    from zoo.runs.local_names import SOURCE, names_there

    return sorted([*manager().sources(), *([SOURCE] if names_there() else [])])
