"""The next velocity of a base: along its course, and where its outline has no room for that, by a manoeuvre."""

from __future__ import annotations

import math

import numpy as np

from planners.navigation.config import NavigationConfig
from planners.navigation.course import Course, Ground, room_at
from planners.navigation.manoeuvre import Manoeuvre, Search, search_along, search_in, search_to
from planners.navigation.pursuit import Pose, Pursuit, Space

__all__ = ["Steering"]

AGAIN_S = 3.0
"""So long after none was found no manoeuvre is looked for: what is in the way may have gone by then."""
CLOSE_M, CLOSE_AGAIN_S = 1.5, 12.0
"""Who is so near to the pose it is to end in, and has no room to turn there or is held up, looks for moves that end
there; where there are none, not again for so long."""
FROM_M, FARTHEST_M = 0.6, 2.4
"""A manoeuvre leads on to the course so far ahead at least; each further one on the same course twice as far."""


class Steering:
    """Follows courses and turns on the spot; `held_up` where there is room for neither, nor for a manoeuvre."""

    def __init__(self, config: NavigationConfig, *, manoeuvres: bool = True):
        """manoeuvres: whether any are made."""
        self._config, self._pursuit, self._manoeuvres = config, Pursuit(config), manoeuvres
        self._manoeuvre: Manoeuvre | None = None
        self._search: Search | None = None
        self._course: Course | None = None
        self._from_m = FROM_M
        self._none_ns: int | None = None
        self._is_rough = False
        self._is_closing_in = False
        self._closed_ns: int | None = None

    @property
    def held_up(self) -> bool:
        """It stands because nothing that leads on has room."""
        return self._pursuit.held_up

    @property
    def speeds(self) -> tuple[float, float]:
        """Forward [m/s] and turn [rad/s], as commanded last."""
        return self._pursuit.speeds

    @property
    def passed(self) -> int:
        """So many points of the course have been passed."""
        return self._pursuit.passed

    @property
    def is_manoeuvring(self) -> bool:
        """It makes moves that lead back to the course, or looks for some."""
        return self._manoeuvre is not None or self._search is not None

    @property
    def is_searching(self) -> bool:
        """It stands, and looks for a manoeuvre."""
        return self._search is not None

    @property
    def is_closing_in(self) -> bool:
        """It makes moves that end at the pose that it is to end in, or looks for some."""
        return self._is_closing_in and self.is_manoeuvring

    def stand(self) -> tuple[float, float]:
        """Return the speeds of a base that stops; a manoeuvre is given up."""
        self._manoeuvre = self._search = None
        return self._pursuit.stand()

    def follow(
        self, course: Course, pose: Pose, ground: Ground, stamp_ns: int, tick_s: float, end: Pose | None = None
    ) -> tuple[float, float]:
        """Return the speeds along a course. end: in which pose it is to end there; None where any will do."""
        space = _space(ground)
        if course is not self._course:
            self._course, self._from_m, self._none_ns = course, FROM_M, None
            self._manoeuvre = self._search = None
        speeds = self._manoeuvred(pose, space, stamp_ns)
        if speeds is not None:
            return speeds
        if end is not None and course.narrow_m[-1] < self._config.turn_m:
            speeds = self._close_in(end, pose, ground, stamp_ns)
            if speeds is not None:
                return speeds
        speeds = self._pursuit.follow(course, pose, space, tick_s)
        if not self.held_up:
            return speeds
        closing = self._close_in(end, pose, ground, stamp_ns)
        if closing is not None or not self._may_try(stamp_ns):
            return closing or speeds
        self._search = search_along(course, self.passed, pose, ground, self._config, from_m=self._from_m)
        self._from_m = min(2.0 * self._from_m, FARTHEST_M)
        return self._manoeuvred(pose, space, stamp_ns) or self._pursuit.hold_up()

    def turn_to(self, end: Pose, pose: Pose, ground: Ground, stamp_ns: int) -> tuple[float, float]:
        """Return the speeds that turn the base as it is to be at the end of its course."""
        space = _space(ground)
        speeds = self._manoeuvred(pose, space, stamp_ns)
        if speeds is not None:
            return speeds
        speeds = self._pursuit.turn_to(end[2], pose, space)
        if not self.held_up or not self._may_try(stamp_ns):
            return speeds
        self._search = search_to(end, pose, ground, self._config)
        return self._manoeuvred(pose, space, stamp_ns) or self._pursuit.hold_up()

    def go_to(self, end: Pose, pose: Pose, ground: Ground, stamp_ns: int) -> tuple[float, float]:
        """Return the speeds of a manoeuvre to a pose, `held_up` where there is none. It is over when the base
        `is_manoeuvring` no more."""
        if not self.is_manoeuvring and self._may_try(stamp_ns):
            self._search = search_to(end, pose, ground, self._config)
        return self._manoeuvred(pose, _space(ground), stamp_ns) or self._pursuit.hold_up()

    def _close_in(self, end: Pose | None, pose: Pose, ground: Ground, stamp_ns: int) -> tuple[float, float] | None:
        """Return the speeds of a manoeuvre to the pose that a course is to end in; None where that is far off, and
        for a while after there was none. Whether there are moves on to the course does not matter: these are others."""
        if end is None or not self._manoeuvres or math.dist(end[:2], pose[:2]) > CLOSE_M:
            return None
        if self._closed_ns is not None and stamp_ns - self._closed_ns < CLOSE_AGAIN_S * 1e9:
            return None
        self._closed_ns, self._is_closing_in = stamp_ns, True
        if room_at(ground, ground.solid_m, np.array([pose[:2]]))[0] >= self._config.turn_m:
            self._search = search_in(end, pose, ground, self._config)
        else:
            self._search = search_to(end, pose, ground, self._config, or_about=False)
        return self._manoeuvred(pose, _space(ground), stamp_ns)

    def _manoeuvred(self, pose: Pose, space: Space, stamp_ns: int) -> tuple[float, float] | None:
        """Return the speeds of the manoeuvre, standing as long as one is looked for; None without any."""
        if self._search is not None:
            self._manoeuvre = self._search.go_on()
            if not self._search.is_over:
                return self._pursuit.stand()
            self._is_rough = self._manoeuvre is not None and self._search.is_rough
            self._search, self._none_ns = None, None if self._manoeuvre is not None else stamp_ns
        wanted = None if self._manoeuvre is None else self._manoeuvre.speeds(pose)
        if wanted is not None and self._manoeuvre is not None:
            speeds = self._pursuit.hold_to(wanted, self._manoeuvre.ahead(pose), pose, space)
            if not self.held_up:
                return speeds
        if self._manoeuvre is not None and self._is_rough:  # there is nothing better
            self._none_ns = stamp_ns
        self._manoeuvre, self._is_closing_in = None, False
        return None

    def _may_try(self, stamp_ns: int) -> bool:
        return self._manoeuvres and (self._none_ns is None or stamp_ns - self._none_ns >= AGAIN_S * 1e9)


def _space(ground: Ground) -> Space:
    return Space(ground.solid_m, ground.floor.origin_m, ground.floor.cell_m)
