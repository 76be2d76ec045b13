"""Templates: every value is escaped, whoever made it; only our own charts are markup."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from markupsafe import Markup

from zoo.core.licences import words
from zoo.runs import gains
from zoo.utils import format as formats
from zoo.utils.plain_text import clean


def render(template: str, **values: Any) -> str:
    """Return a file of ``templates/`` with values."""
    text: str = _environment().get_template(template).render(**values)
    return text


def render_own(package: str, template: str, data: Any, title: str, text: str) -> Markup:
    """Return the template of a task's own package with its data; every value is escaped.

    Args:
        package: import package that is installed; its templates are code as its modules are.
        template: path inside it.
        data: an instance of the task's own model of the data.
        title: of the block.
        text: of the block.
    """
    from jinja2 import PackageLoader

    own = _environment().overlay(loader=PackageLoader(package, ""))
    return Markup(own.get_template(template).render(data=data, title=title, text=text))


def _printed(value: Any) -> Any:
    """Return whatever a template prints: texts without what no page can hold; None is a fault of the
    template."""
    if isinstance(value, Markup):
        return value
    return clean(value, 2000) if isinstance(value, str) else value


@lru_cache(maxsize=1)
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = Environment(
        loader=PackageLoader("zoo.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printed,
    )
    for name in ("shown", "count", "duration", "size", "plural"):
        found.globals[name] = getattr(formats, name)
    found.globals["licence"] = words
    found.globals["between"] = gains.interval
    return found
