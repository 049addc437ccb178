"""What of the floor nobody has seen, or nobody has looked at for long: in blocks, each with a place to see it from.

A frontier is unknown floor beside floor that is known to be free (Yamauchi 1997, "A frontier-based approach for
autonomous exploration"). What lies behind it is not known; counted is the unknown floor that one gets to from there
within `BEHIND_M` without passing what is blocked.
Floor that was seen becomes news again as things move: after t seconds something has changed there with the chance
1 - (b / (b + t))^a, with the rate of things of no particular kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int64, UInt8

from spatialmem.graph import GraphView
from spatialmem.graph.derive import frontier as frontier_of
from spatialmem.graph.tiles import SQUARE, Window
from spatialmem.queries.asked import Asked
from spatialmem.queries.ways import Ways
from spatialmem.types import Floor, Unknown

__all__ = ["Unseen", "unseen_floor"]

BLOCK = 4
"""A block is so many squares of 8x8 cells wide: 1.6 m in cells of 5 cm."""
BEHIND_M = 1.5
"""Unknown floor counts so far behind a frontier."""
LEAST_M, NEAR_M = 1.5, 3.0
"""A block is looked at from a place so far from it: nearer, a camera on a mast looks over it."""
UNKNOWN, FREE = 0, 1
SAMPLES = 24
"""At so many points of the line from a place to a block the floor must be free."""
END_M = 0.25
"""So near to its end it need not be: that is what one looks at."""
TRIED = 12
"""So many places are tried for each block, those with the shortest way first."""


@dataclass(frozen=True, slots=True, eq=False)
class Unseen:
    """A block of floor that is worth a look."""

    row: int
    """Of the place from which it is looked at."""
    look_at_W: Float64[np.ndarray, "3"]
    unknown_m2: float
    """Floor behind the frontiers in it that nobody has seen."""
    seen_m2: float
    """Free floor in it that was seen."""
    news_m2: float
    """Of that, what has changed since, as far as one can expect."""
    unseen_s: float
    """How long nobody looked at what is in it, on average over its free floor; 0 without."""


class _Blocks(NamedTuple):
    """Columns of the blocks of one floor that have anything unseen."""

    look_at_W: Float64[np.ndarray, "n 3"]
    unknown_m2: Float64[np.ndarray, "n"]
    seen_m2: Float64[np.ndarray, "n"]
    news_m2: Float64[np.ndarray, "n"]
    unseen_s: Float64[np.ndarray, "n"]


def unseen_floor(asked: Asked, worth_m2: float, ways: Ways | Unknown | None) -> list[Unseen]:
    """Return the blocks of floor with so much that is unknown or has changed, on all floors; by floor, y and x.

    ways: from where one is; blocks that are seen from no place to which a way leads are left out. Where nobody knows
    where one is, from no place at all.
    """
    ways_m = ways.length_m if isinstance(ways, Ways) else np.zeros(len(asked.graph.places))
    found: list[Unseen] = []
    for level in range(len(asked.graph.levels)):
        blocks = _blocks(asked, level)
        if blocks is None:
            continue
        for i in np.flatnonzero(blocks.unknown_m2 + blocks.news_m2 >= worth_m2).tolist():
            row = _place_to_look_from(asked.graph, level, blocks.look_at_W[i], ways_m)
            if row >= 0:
                unknown_m2, seen_m2, news_m2, unseen_s = (float(column[i]) for column in blocks[1:])
                found.append(Unseen(row, blocks.look_at_W[i], unknown_m2, seen_m2, news_m2, unseen_s))
    return found


def _blocks(asked: Asked, level: int) -> _Blocks | None:
    """Return what is unseen of one floor, block by block."""
    graph = asked.graph
    side = BLOCK * SQUARE
    window = graph.facts.extent(level)
    if not window.width or not window.height:
        return None
    y0, x0 = (window.y // side) * side, (window.x // side) * side
    height = -(-(window.y + window.height - y0) // side) * side
    width = -(-(window.x + window.width - x0) // side) * side
    window = Window(y0, x0, height, width)
    state = graph.cells(level, window).state
    unknown_m2, nearest = _behind(state, frontier_of(state), graph.cell_m, side)
    squares = Window(y0 // SQUARE, x0 // SQUARE, height // SQUARE, width // SQUARE)
    free_m2 = _summed(state == FREE, SQUARE) * graph.cell_m**2
    passed_s = _passed_s(asked, graph.seen_ns(level, squares))
    alpha, beta_s = asked.belief.rates.rate("")
    changed = 1.0 - (beta_s / (beta_s + passed_s)) ** alpha
    seen_m2, news_m2 = _summed(free_m2, BLOCK), _summed(free_m2 * changed, BLOCK)
    unseen_s = _summed(free_m2 * passed_s, BLOCK) / np.maximum(seen_m2, 1e-9)
    rows, columns = np.nonzero((unknown_m2 > 0) | (news_m2 > 0))
    stalest = _stalest(free_m2 * changed)[rows, columns] * SQUARE + SQUARE // 2
    frontiers = nearest[rows, columns]
    look_at = np.where(frontiers[:, :1] >= 0, frontiers, stalest)
    xy = (look_at[:, ::-1] + [x0, y0] + 0.5) * graph.cell_m
    return _Blocks(
        look_at_W=np.column_stack([xy, np.full(len(xy), float(graph.levels[level]))]),
        unknown_m2=unknown_m2[rows, columns],
        seen_m2=seen_m2[rows, columns],
        news_m2=news_m2[rows, columns],
        unseen_s=unseen_s[rows, columns],
    )


def _behind(
    state: UInt8[np.ndarray, "h w"], frontier: Bool[np.ndarray, "h w"], cell_m: float, side: int
) -> tuple[Float64[np.ndarray, "r c"], Int64[np.ndarray, "r c 2"]]:
    """Return for each block how much unknown floor is behind its frontiers, and the frontier nearest to their middle.

    Each unknown cell counts for the block of the frontier that is nearest to it. The frontier is a cell (y, x); -1
    where a block has none.
    """
    import cv2
    from scipy import ndimage

    shape = state.shape[0] // side, state.shape[1] // side
    area_m2, nearest = np.zeros(shape), np.full((*shape, 2), -1, np.int64)
    if not frontier.any():
        return area_m2, nearest
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    unknown, behind = (state == UNKNOWN).astype(np.uint8), frontier.astype(np.uint8)
    for _ in range(int(BEHIND_M / cell_m)):
        behind = cv2.dilate(behind, cross) & unknown
    y, x = np.nonzero(behind)
    own = np.asarray(ndimage.distance_transform_edt(~frontier, return_distances=False, return_indices=True))
    own_y, own_x = own[0, y, x], own[1, y, x]
    np.add.at(area_m2, (own_y // side, own_x // side), cell_m**2)
    y, x = np.nonzero(frontier)
    block = (y // side) * shape[1] + x // side
    for number in np.unique(block).tolist():
        (mine,) = np.nonzero(block == number)
        away = (y[mine] - y[mine].mean()) ** 2 + (x[mine] - x[mine].mean()) ** 2
        middle = mine[int(np.argmin(away))]
        nearest[number // shape[1], number % shape[1]] = y[middle], x[middle]
    return area_m2, nearest


def _passed_s(asked: Asked, seen_ns: Int64[np.ndarray, "h w"]) -> Float64[np.ndarray, "h w"]:
    """Return how long ago each square was seen; of one that never was, but was driven over, as the one seen first."""
    ever = seen_ns > 0
    first_ns = int(seen_ns[ever].min()) if ever.any() else asked.stamp_ns
    return np.maximum(asked.stamp_ns - np.where(ever, seen_ns, first_ns), 0) * 1e-9


def _summed(cells: np.ndarray, side: int) -> Float64[np.ndarray, "r c"]:
    """Return the sums over pieces of side x side."""
    rows, columns = cells.shape[0] // side, cells.shape[1] // side
    return cells.astype(np.float64).reshape(rows, side, columns, side).sum(axis=(1, 3))


def _stalest(news: Float64[np.ndarray, "h w"]) -> Int64[np.ndarray, "r c 2"]:
    """Return the square (y, x) of each block in which most has changed."""
    rows, columns = news.shape[0] // BLOCK, news.shape[1] // BLOCK
    pieces = news.reshape(rows, BLOCK, columns, BLOCK).transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    best = pieces.argmax(axis=2)
    y = np.arange(rows)[:, None] * BLOCK + best // BLOCK
    x = np.arange(columns)[None, :] * BLOCK + best % BLOCK
    return np.stack([y, x], axis=2)


def _place_to_look_from(
    graph: GraphView, level: int, look_at_W: Float64[np.ndarray, "3"], ways_m: Float64[np.ndarray, "n"]
) -> int:
    """Return the row of the place with the shortest way that has nothing but free floor between; -1 without.

    Places from which a camera looks over it are taken where there is no other.
    """
    places = graph.places
    gaps = places.p_W[:, :2] - look_at_W[:2]
    away = np.sqrt((gaps * gaps).sum(axis=1))
    near = np.flatnonzero((away <= NEAR_M) & (places.level == level) & np.isfinite(ways_m))
    if not len(near):
        return -1
    low_m, high_m = look_at_W[:2] - NEAR_M - graph.cell_m, look_at_W[:2] + NEAR_M + graph.cell_m
    floor = graph.floor(level, low_m, high_m)
    for fitting in (away[near] >= LEAST_M, away[near] < LEAST_M):
        chosen = near[fitting]
        chosen = chosen[np.lexsort((chosen, away[chosen], ways_m[chosen]))][:TRIED]
        clear = chosen[_sees(floor, places.p_W[chosen], look_at_W)]
        if len(clear):
            return int(clear[0])
    return -1


def _sees(
    floor: Floor, from_W: Float64[np.ndarray, "n 3"], look_at_W: Float64[np.ndarray, "3"]
) -> Bool[np.ndarray, "n"]:
    """Return from which points there is nothing but free floor up to one."""
    share = np.linspace(0.0, 1.0, SAMPLES)[None, :, None]
    lines_W = from_W[:, None] * (1.0 - share) + look_at_W * share
    x, y = floor.cells_of(lines_W.reshape(-1, 3)).T
    height, width = floor.state.shape
    free = floor.state[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)].reshape(len(from_W), SAMPLES) == FREE
    gaps = from_W[:, :2] - look_at_W[:2]
    left_m = np.sqrt((gaps * gaps).sum(axis=1))[:, None] * (1.0 - share[:, :, 0])
    return (free | (left_m <= END_M)).all(axis=1)
