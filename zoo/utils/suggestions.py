"""Suggestions of similar names: "did you mean ...?"."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return up to ``count`` names of ``known`` that are similar to ``name``, best first."""
    import difflib

    by_folded = {one.casefold(): one for one in known}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=count, cutoff=0.55)
    # One or two letters are a prefix of too many names.
    starts = [one for one in by_folded if len(name) > 2 and one.startswith(name.casefold())][:count]
    return [by_folded[folded] for folded in dict.fromkeys([*found, *starts])][:count]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean a, b or c?``; empty when nothing is similar."""
    found = nearest(name, known)
    if not found:
        return ""
    listed = found[0] if len(found) == 1 else f"{', '.join(found[:-1])} or {found[-1]}"
    return f"did you mean {listed}?"
