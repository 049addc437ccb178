"""How soon a memory knows that a thing is gone: python tests/benchmarks/absence_in_sim.py [--seeds 10] [--homes 3]

A thing is taken away while the robot's camera looks at it, with a wall behind it, with one beyond the range, and with
nothing: pictures until it is MISSING (at most 3 are wanted), and occupied voxels in its former bounds that this very
picture saw through (none are). Where nothing returns and `no_return_is_free_to_m` is not set, nothing must be claimed.

Then nothing is taken away, but much is hidden, out of the picture or too far: somebody walks through the home, looks
into cupboards, and stands in the way, and a box is put before a mug. No object may become missing in 10,000 such
pictures of objects; those that are shown are counted by themselves. What is what: tests/support/absence_scenes.py.

Detections with masks, and with boxes only; the detector misses 20 %, invents 5 % and swaps the label of 5 %; every pose
is wrong by 1 cm and 0.5 degrees.
"""

from __future__ import annotations

import argparse

import numpy as np
from measure import show

# isort: split
from absence_scenes import BEHIND, Behind, HiddenCount, Removal, home_walk, removal, standing_watch

KINDS = ("hidden", "out of picture", "too far", "shown")


def gone_row(title: str, tries: list[Removal]) -> list[str]:
    """How soon things were known to be gone."""
    known = [one for one in tries if one.remembered]
    frames = sorted(one.frames for one in known if one.frames is not None)
    said = f"{len(frames)} of {len(known)}"
    soon = sum(count <= 3 for count in frames)
    middle = f"{np.median(frames):.0f}, {max(frames)}" if frames else "-"
    ghosts = f"{sum(one.ghosts for one in known)} of {sum(one.voxels for one in known)}"
    return [title, said, str(sum(one.missing for one in known)), str(soon), middle, ghosts]


def removals(seeds: int) -> list[list[str]]:
    """One row for each background, place, detector and what the robot does."""
    rows = []
    for behind in BEHIND:
        for masks in (True, False):
            for high in (False, True):
                rows.append(removal_row(seeds, behind, masks=masks, high=high))
    rows.append(removal_row(seeds, "wall", masks=True, high=False, moved=True))
    rows.append(removal_row(seeds, "wall", masks=True, high=False, still=True))
    rows.append(removal_row(seeds, "nothing", masks=True, high=True, still=True))
    return rows


def removal_row(
    seeds: int, behind: Behind, *, masks: bool, high: bool, moved: bool = False, still: bool = False
) -> list[str]:
    words = [behind, "on a shelf" if high else "on a table", "masks" if masks else "boxes"]
    words += ["put elsewhere in view"] * moved + ["robot stands"] * still
    tries = [removal(seed, behind, masks=masks, high=high, moved=moved, still=still) for seed in range(seeds)]
    return gone_row(", ".join(words), tries)


def hidden_row(title: str, count: HiddenCount) -> list[str]:
    """How often something was said to be missing that was there."""
    return [title, *(f"{count.false[kind]} of {count.frames[kind]}" for kind in KINDS)]


def hidden(homes: int, verbose: bool) -> list[list[str]]:
    """One row for each kind of scene and detector, and one for all."""
    rows, every = [], HiddenCount()
    for masks in (True, False):
        for title, play in (("walk through a home", home_walk), ("look at a table", standing_watch)):
            total = HiddenCount()
            for seed in range(homes):
                total.add(play(seed, masks=masks))
            rows.append(hidden_row(f"{title}, {'masks' if masks else 'boxes'}", total))
            every.add(total)
    if verbose:
        print("\n".join(every.which))
    return [*rows, hidden_row("all", every)]


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10, help="things taken away in each row")
    parser.add_argument("--homes", type=int, default=3, help="homes, and tables, that are looked at")
    parser.add_argument("--verbose", action="store_true", help="name everything falsely missing")
    given = parser.parse_args()
    if given.seeds:
        columns = ["behind it", "known to be gone", "MISSING", "within 3", "pictures: median, most", "ghost voxels"]
        show("taken away in clear view", columns, removals(given.seeds))
    if given.homes:
        show("falsely MISSING, of pictures of objects", ["", *KINDS], hidden(given.homes, given.verbose))


if __name__ == "__main__":
    main()
