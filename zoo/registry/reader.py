"""Reading of registry files.

A row is a card's JSON object. Rows are validated by pydantic the first time a file is seen. A stamp in the
user's cache, named by the file's identity and time of change, records that, so that ``zoo list`` is fast.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.errors import IntegrityError, UnknownModel, ZooError
from zoo.plugins.manager import manager
from zoo.registry.large_index import Found, is_large, look_up, name_of, state_of
from zoo.registry.loader_names import named_rows, source_of, without_catalogue
from zoo.utils.paths import cache_dir
from zoo.utils.strict_json import parse_json
from zoo.utils.suggestions import did_you_mean

if TYPE_CHECKING:
    from zoo.registry.query import Query

Row = dict[str, Any]
SCHEMA = 1


def rows(
    words: Sequence[str] = (),
    *,
    takes: Callable[[Row], bool] | None = None,
    most: int | None = None,
    large: bool = True,
) -> list[Row]:
    """Return the cards of all catalogues as JSON objects, sorted by id.

    A damaged catalogue of a plugin is named on stderr and left out; our own being damaged is an error.

    Args:
        words: of catalogues with an index only cards that contain each of these words; of others always all.
        takes: likewise, only cards for which it returns true.
        most: likewise, at most this number of cards.
        large: whether to read catalogues with an index at all.
    """
    found: dict[str, Row] = {}
    for path, owner, sources in _files():
        if not is_large(path):
            with _spared(owner, sources):
                found |= _checked(read_catalogue(path), path, owner, sources)
        elif large:
            with _spared(owner, sources):
                cards = look_up(path, words, sources)
                found |= {row["id"]: row for row in islice(filter(takes, cards) if takes else cards, most)}
    return [found[key] for key in sorted(found)]


def large_rows(words: Sequence[str], points: Callable[[bytes], int]) -> Iterator[Found]:
    """Return the cards that contain each word, for each catalogue with an index.

    Those come first whose folded ids have more points.
    """
    for path, owner, sources in _files():
        if is_large(path):
            with _spared(owner, sources):
                yield look_up(path, words, sources, points=points)


def any_large() -> bool:
    """Return whether any catalogue is read through an index."""
    return any(map(is_large, registry_files()))


def row(model_id: str) -> Row | None:
    """Return the card of an id without a revision, or None."""
    return next(
        (row for row in rows([model_id], takes=lambda row: row["id"] == model_id) if row["id"] == model_id),
        None,
    )


@contextmanager
def _spared(owner: str, sources: set[str] | None) -> Iterator[None]:
    """Read a plugin's catalogue; a damaged one is skipped and named on stderr."""
    try:
        yield
    except ZooError as error:
        if sources is None:
            raise
        print(f"zoo: catalogue of {owner} skipped: {error.message}", file=sys.stderr)


def rows_with(source: str | None, query: Query | None = None, most: int | None = None) -> list[Row]:
    """Return :func:`rows`; where a source is named, also its models on this disk.

    Args:
        source: name of one, or None.
        query: the conditions, so that large catalogues need not be read whole; the caller applies them.
            Where its pattern begins with a source that offers no catalogue, its names are listed.
        most: largest number of cards of a large catalogue, the first ones by id.
    """
    if source == "local":
        return _personal()
    found = rows(query.words(), takes=query.takes(), most=most) if query else rows()
    wanted = source_of(source, query.pattern if query else None)
    if wanted in without_catalogue(found):
        return [*found, *named_rows(str(wanted))]
    record = manager().sources().get(source) if source else None
    if record is None or not record.local:
        return found
    from zoo.plugins.import_target import summon_part

    try:
        cards = summon_part(record, record.local)()
    except ZooError as error:
        print(f"zoo: models of {source} on this disk are not shown: {error.message}", file=sys.stderr)
        return found
    local = {card.id: card.model_dump(mode="json", exclude_defaults=True) for card in cards}
    both = {**local, **{row["id"]: row for row in found}}
    return [both[key] for key in sorted(both)]


def _personal() -> list[Row]:
    from zoo.runs.local_index import local_rows

    return local_rows()


def _checked(listed: list[Row], path: Path, owner: str, sources: set[str] | None) -> dict[str, Row]:
    """Read a catalogue by id, whole or not at all; ``sources`` None allows any."""
    found: dict[str, Row] = {}
    for row in listed:
        source = row["id"].partition(":")[0]
        if sources is not None and source not in sources:
            raise IntegrityError(
                f"the catalogue of {owner} has a card of source {source!r}",
                path=path,
                why=f"{owner} offers only {', '.join(sorted(sources))}",
            )
        if row["id"] in found:
            raise IntegrityError(f"{row['id']} stands twice", path=path)
        found[row["id"]] = row
    return found


def cards() -> Iterator[Any]:
    """Return all cards as :class:`zoo.core.cards.ModelCard`."""
    from zoo.core.cards import ModelCard

    return (ModelCard.model_validate(row) for row in rows())


_LARGEST = {"max_bytes": 2**28, "max_keys": 10**7}
"""Size limit of a registry of an installed package: larger than that of untrusted files."""


def read_catalogue(path: Path) -> list[Row]:
    """Return the rows of one registry file.

    Raises:
        IntegrityError: absent, damaged, of another schema, or a card that is not valid.
    """
    hint = "reinstall the package that brought it"
    try:
        with path.open("rb") as file:
            stamp = cache_dir() / "registry" / f"{name_of(state_of(file))}.valid"
            data = file.read()
        known = stamp.exists()
        # A file that was validated once need not be validated again.
        tree = json.loads(data.decode("utf-8-sig")) if known else parse_json(data, **_LARGEST)
    except OSError as error:
        raise IntegrityError(
            "cannot read the registry", path=path, why=str(error.strerror), hint=hint
        ) from None
    except (ValueError, RecursionError) as error:
        raise IntegrityError("damaged registry", path=path, why=str(error)[:200], hint=hint) from None
    schema = tree.get("schema") if isinstance(tree, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:
        raise IntegrityError(
            "the registry was made for a newer zoo",
            path=path,
            why=f"schema {schema}",
            hint="upgrade zoo-adapters",
        )
    if schema != SCHEMA or not isinstance(tree.get("cards"), list):
        raise IntegrityError("damaged registry", path=path, why='no {"schema": 1, "cards": [...]}', hint=hint)
    listed: list[Row] = tree["cards"]
    if not known:
        _validate(listed, path)
        try:
            stamp.parent.mkdir(parents=True, exist_ok=True)
            stamp.touch()
        except OSError:
            # A cache that cannot be written only costs the time to validate again.
            pass
    return listed


def find(name: str) -> str:
    """Return the id for a bare name: a model's name, or an architecture of one source alone.

    Raises:
        UnknownModel: none, or more than one; the hint lists candidates or similar names.
    """
    listed = rows([name])
    exact = sorted(row["id"] for row in listed if row["id"].partition(":")[2] == name)
    if not exact:
        exact = sorted(
            {f"{row['id'].partition(':')[0]}:{name}" for row in listed if row.get("architecture") == name}
        )
    if len(exact) == 1:
        return str(exact[0])
    if exact:
        raise UnknownModel(f"{name!r} is ambiguous", hint=f"use one of: {', '.join(exact)}")
    raise UnknownModel(
        f"no model named {name[:80]!a} in the registry",
        hint=did_you_mean(name, called(listed)) or "zoo list shows what there is; an id is SOURCE:NAME",
    )


def called(listed: Collection[Row]) -> list[str]:
    """Return what may be typed for these rows without a source: names and architectures."""
    names = {row["id"].partition(":")[2]: None for row in listed}
    return [*names, *{row["architecture"]: None for row in listed if row.get("architecture")}]


def _files() -> Iterator[tuple[Path, str, set[str] | None]]:
    yield own_registry(), "zoo-adapters", None
    plugins = manager()
    for source in plugins.sources().values():
        if not source.catalogue:
            continue
        owner = plugins.offered_by(source)
        package, _, file = source.catalogue.partition(":")
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            print(f"zoo: catalogue of {owner} skipped: there is no package {package!r}", file=sys.stderr)
            continue
        same = {one.name for one in plugins.sources().values() if plugins.offered_by(one) == owner}
        yield Path(next(iter(spec.submodule_search_locations))) / file, owner, same


def registry_files() -> list[Path]:
    """Return our registry and the plugins' catalogues, not validated."""
    return [path for path, _, _ in _files()]


def own_registry() -> Path:
    """Return the path of ``registry.json``: inside the installed package, or at the top of a source tree."""
    inside = Path(__file__).parent.parent / "registry.json"
    return inside if inside.exists() else Path(__file__).parents[2] / "registry.json"


def _validate(listed: list[Row], path: Path) -> None:
    from pydantic import ValidationError

    from zoo.core.cards import ModelCard

    for number, row in enumerate(listed):
        try:
            ModelCard.model_validate(row)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            name = row.get("id") if isinstance(row, dict) else None
            raise IntegrityError(
                f"card {number + 1} ({ascii(name)[:80]}) is not valid",
                path=path,
                why=f"{place}: {first['msg']}",
            ) from None
