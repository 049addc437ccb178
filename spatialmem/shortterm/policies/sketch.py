"""How often keys were asked for, about, in fixed memory: a count-min sketch that ages."""

from __future__ import annotations

__all__ = ["FrequencySketch"]

ROWS, COUNT_MAX = 4, 15
COUNTERS_PER_UNIT, SAMPLE_PER_UNIT, WIDTH_MIN = 4, 10, 64
MASK_64 = 2**64 - 1


class FrequencySketch:
    """Counts of keys, never too low but for their aging and their limit of 15, seldom too high.

    Cormode, Muthukrishnan 2005 (count-min), with minimal increment and aging as in Einziger, Friedman, Manes 2017
    (TinyLFU, sections 3.3 and 3.4): after 10 x `capacity` additions every counter is halved. Their doorkeeper is left
    out: it saves memory where counters are many, and here they are some kilobytes.
    """

    def __init__(self, capacity: int):
        self._width = max(WIDTH_MIN, 1 << (COUNTERS_PER_UNIT * capacity - 1).bit_length())
        self._sample = SAMPLE_PER_UNIT * capacity
        self.rows = [bytearray(self._width) for _ in range(ROWS)]
        self.additions = 0
        """Since the counters were halved, and half of those before."""

    def add(self, key: int) -> None:
        """Count a key once more."""
        places = self._places(key)
        least = min(row[place] for row, place in zip(self.rows, places, strict=True))
        if least < COUNT_MAX:
            for row, place in zip(self.rows, places, strict=True):
                if row[place] == least:  # what others have raised is no lower bound of this key
                    row[place] = least + 1
        self.additions += 1
        if self.additions >= self._sample:
            self.rows = [row.translate(_HALVED) for row in self.rows]
            self.additions //= 2

    def count(self, key: int) -> int:
        """Return about how often a key was added, 0 to 15."""
        return min(row[place] for row, place in zip(self.rows, self._places(key), strict=True))

    def take(self, rows: tuple[bytes, ...], additions: int) -> bool:
        """Take counters in place of the own; returns False, with nothing changed, where they are of another size."""
        if [len(row) for row in rows] != [self._width] * ROWS or not 0 <= additions < self._sample:
            return False
        if any(row and max(row) > COUNT_MAX for row in rows):
            return False
        self.rows, self.additions = [bytearray(row) for row in rows], additions
        return True

    def _places(self, key: int) -> list[int]:
        """Return a key's counter in each row, by two hashes (Kirsch, Mitzenmacher 2006)."""
        first, second = _mixed(key), _mixed(key ^ 0x5851F42D4C957F2D)
        return [(first + row * (second | 1)) >> 20 & (self._width - 1) for row in range(ROWS)]


_HALVED = bytes(count >> 1 for count in range(256))


def _mixed(key: int) -> int:
    """Return 64 well mixed bits of a key: SplitMix64's finaliser (Steele, Lea, Flood 2014). The same on any machine."""
    z = (key + 0x9E3779B97F4A7C15) & MASK_64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK_64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK_64
    return z ^ (z >> 31)
