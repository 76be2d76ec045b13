"""``zoo completion``."""

from __future__ import annotations

import click

from zoo.errors import ConfigError


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print a script that completes verbs, options and ids of models in SHELL.

    \b
    eval "$(zoo completion bash)"                              in ~/.bashrc
    eval "$(zoo completion zsh)"                               in ~/.zshrc
    zoo completion fish > ~/.config/fish/completions/zoo.fish
    """
    from click.shell_completion import get_completion_class

    from zoo.cli.completion import install
    from zoo.cli.main import zoo

    install()
    found = get_completion_class(shell)
    if found is None:
        raise ConfigError(f"click cannot complete in {shell}", hint="upgrade click")
    click.echo(found(zoo, {}, "zoo", "_ZOO_COMPLETE").source(), nl=False)
