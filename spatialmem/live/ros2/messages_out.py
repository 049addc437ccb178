"""What a memory knows as ROS 2 messages: objects for RViz, the floor as a map, a way as a path.

Whose messages they are a `MessageMaker` says: rclpy's where there is a robot, another library's where bags are written.
"""

from __future__ import annotations

import colorsys
import math
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from jaxtyping import Float64, Integer

from spatialmem.types import Floor, ObjectState, Route, State

__all__ = ["MARKERS", "OCCUPANCY", "PATH", "MessageMaker", "floor_message", "object_markers", "route_message"]

MARKERS, OCCUPANCY, PATH = "visualization_msgs/msg/MarkerArray", "nav_msgs/msg/OccupancyGrid", "nav_msgs/msg/Path"
CUBE, TEXT = 1, 9
ADD, DELETE_ALL = 0, 3
"""visualization_msgs/Marker: type and action."""
LETTER_M = 0.1
COST = {State.FREE: 0, State.OCCUPIED: 100, State.UNKNOWN: -1}
"""nav_msgs/OccupancyGrid."""
Position = tuple[float, float, float]
Rgba = tuple[float, float, float, float]
GREY = 0.5, 0.5, 0.5, 0.35


class MessageMaker:
    """Makes messages: `classes` returns the class of a type such as "nav_msgs/msg/Path", which is made of its fields
    by name; `numbers` returns an array of whole numbers as the library wants it."""

    def __init__(self, classes: Callable[[str], Any], numbers: Callable[[Integer[np.ndarray, "n"]], Any]):
        self._classes, self.numbers = classes, numbers

    def __call__(self, kind: str, **fields: Any) -> Any:
        """Make one."""
        return self._classes(kind)(**fields)

    def header(self, stamp_ns: int, frame: str) -> Any:
        """Make a Header."""
        return self("std_msgs/msg/Header", stamp=self.time(stamp_ns), frame_id=frame)

    def time(self, stamp_ns: int) -> Any:
        """Make a Time."""
        return self("builtin_interfaces/msg/Time", sec=int(stamp_ns // 10**9), nanosec=int(stamp_ns % 10**9))

    def point(self, p_W: Position) -> Any:
        """Make a Point."""
        return self("geometry_msgs/msg/Point", x=p_W[0], y=p_W[1], z=p_W[2])

    def pose(self, p_W: Position, yaw_rad: float = 0.0) -> Any:
        """Make a Pose that is turned about z."""
        turn = math.sin(yaw_rad / 2), math.cos(yaw_rad / 2)
        turned = self("geometry_msgs/msg/Quaternion", x=0.0, y=0.0, z=turn[0], w=turn[1])
        return self("geometry_msgs/msg/Pose", position=self.point(p_W), orientation=turned)

    def color(self, rgba: Rgba) -> Any:
        """Make a ColorRGBA."""
        r, g, b, a = rgba
        return self("std_msgs/msg/ColorRGBA", r=r, g=g, b=b, a=a)


def object_markers(objects: Iterable[ObjectState], make: MessageMaker, *, frame: str, stamp_ns: int) -> Any:
    """Return objects as a MarkerArray: each a box in the colour of its label, and its name over it; grey if missing.

    It takes the place of all that was shown before, so what the memory forgot is gone with it.
    """
    header = make.header(stamp_ns, frame)
    markers = [_marker(make, header, "", 0, kind=CUBE, action=DELETE_ALL)]
    for one in objects:
        x, y, z = (float(c) for c in one.center_W)
        size = [max(float(c), 1e-3) for c in one.size_m]  # RViz refuses a box that is flat
        color = GREY if one.missing else _color_of(one.label)
        pose = make.pose((x, y, z), one.yaw_rad)
        markers.append(_marker(make, header, "objects", one.id, kind=CUBE, pose=pose, size=size, color=color))
        over = make.pose((x, y, z + size[2] / 2 + LETTER_M))
        name = f"{one.name} (missing)" if one.missing else one.name
        letters = [0.0, 0.0, LETTER_M]
        markers.append(
            _marker(
                make, header, "names", one.id, kind=TEXT, pose=over, size=letters, color=(*color[:3], 1.0), text=name
            )
        )
    return make(MARKERS, markers=markers)


def floor_message(floor: Floor, make: MessageMaker, *, frame: str, stamp_ns: int) -> Any:
    """Return a floor as an OccupancyGrid: 0 where the robot can be, 100 where it cannot, -1 where nobody looked."""
    costs = np.zeros(len(State), np.int8)
    for state, cost in COST.items():
        costs[state] = cost
    height, width = floor.state.shape
    x, y = (float(c) for c in floor.origin_m)
    info = make(
        "nav_msgs/msg/MapMetaData",
        map_load_time=make.time(stamp_ns),
        resolution=float(floor.cell_m),
        width=int(width),
        height=int(height),
        origin=make.pose((x, y, float(floor.height_m))),
    )
    data = make.numbers(costs[floor.state].reshape(-1))
    return make(OCCUPANCY, header=make.header(stamp_ns, frame), info=info, data=data)


def route_message(route: Route | None, make: MessageMaker, *, frame: str, stamp_ns: int) -> Any:
    """Return a way as a Path whose poses look ahead; None is no way, an empty path."""
    header = make.header(stamp_ns, frame)
    points_W = np.zeros((0, 3)) if route is None else route.waypoints_W
    poses = []
    for (x, y, z), yaw_rad in zip(points_W.tolist(), _headings(points_W), strict=True):
        poses.append(make("geometry_msgs/msg/PoseStamped", header=header, pose=make.pose((x, y, z), yaw_rad)))
    return make(PATH, header=header, poses=poses)


def _headings(points_W: Float64[np.ndarray, "n 3"]) -> list[float]:
    """Return which way each waypoint looks [rad]: to the next, the last as the one before."""
    ahead = np.diff(points_W[:, :2], axis=0)
    headings = np.arctan2(ahead[:, 1], ahead[:, 0]).tolist()
    return [*headings, *(headings[-1:] or [0.0])][: len(points_W)]


def _color_of(label: str) -> Rgba:
    """Return a colour that a label always has."""
    hue = zlib.crc32(label.encode()) % 360 / 360.0
    r, g, b = colorsys.hsv_to_rgb(hue, 0.7, 0.9)
    return r, g, b, 0.6


def _marker(
    make: MessageMaker,
    header: Any,
    namespace: str,
    number: int,
    *,
    kind: int,
    action: int = ADD,
    pose: Any = None,
    size: Iterable[float] = (0.0, 0.0, 0.0),
    color: Rgba = (0.0, 0.0, 0.0, 0.0),
    text: str = "",
) -> Any:
    """Make a Marker with every field: not every library has defaults."""
    x, y, z = size
    nothing = make.numbers(np.zeros(0, np.uint8))
    texture = make("sensor_msgs/msg/CompressedImage", header=header, format="", data=nothing)
    return make(
        "visualization_msgs/msg/Marker",
        header=header,
        ns=namespace,
        id=int(number),
        type=kind,
        action=action,
        pose=make.pose((0.0, 0.0, 0.0)) if pose is None else pose,
        scale=make("geometry_msgs/msg/Vector3", x=x, y=y, z=z),
        color=make.color(color),
        lifetime=make("builtin_interfaces/msg/Duration", sec=0, nanosec=0),
        frame_locked=False,
        points=[],
        colors=[],
        texture_resource="",
        texture=texture,
        uv_coordinates=[],
        text=text,
        mesh_resource="",
        mesh_file=make("visualization_msgs/msg/MeshFile", filename="", data=nothing),
        mesh_use_embedded_materials=False,
    )
