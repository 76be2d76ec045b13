"""Whether transfer pays, in words that the table beside them bears out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_EQUAL = 1e-9
"""Means of the same values in another order may differ by rounding."""


def verdict(leads: Mapping[int, Sequence[Sequence[float]]]) -> str:
    """At which numbers of examples a pretrained way is ahead in every draw, on average, or not.

    Args:
        leads: by number of examples a class, for each pretrained way what it is ahead of the same network
            from scratch by, draw by draw.
    """
    if all(len(way) < 2 for ways in leads.values() for way in ways):
        return "one draw of examples cannot tell whether transfer pays: ask for more, --draws 3"
    always: list[str] = []
    mostly: list[str] = []
    never: list[str] = []
    for shots, ways in leads.items():
        if any(min(way) > 0 for way in ways):
            always.append(str(shots))
        elif any(sum(way) / len(way) > _EQUAL for way in ways):
            mostly.append(str(shots))
        else:
            never.append(str(shots))
    if not always and not mostly:
        return "transfer does not pay here: on average from scratch is as good at every number of examples"
    first = always or mostly
    at = f"at {_and(first)} example{'' if first == ['1'] else 's'} a class"
    if always:
        said = [f"transfer pays {at}, in every draw"]
        said += [f"at {_and(mostly)} it is ahead on average, but not in every draw"] if mostly else []
    else:
        said = [f"transfer is ahead {at} on average, but not in every draw"]
    said += [f"at {_and(never)} from scratch is as good on average"] if never else []
    return "; ".join(said)


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
