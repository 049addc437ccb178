"""Movable things made of the meshes that come with PyBullet, each turned and shifted so that it stands.

The rotations are stable poses of the meshes' contact hulls, found offline with trimesh (`compute_stable_poses`), then
turned about z until the smallest rectangle round them is parallel to the axes. The offsets bring the middle of that
rectangle, on the floor, to the origin of K.
"""

from __future__ import annotations

from sim.worlds.shapes import Color, Model, Shape, Vector

__all__ = ["MESH_THINGS"]

BLOBS: dict[str, tuple[tuple[int, float, Vector, Vector, Vector, Color], ...]] = {
    "toy": (
        (654, 0.019, (0.0192, -0.0013, -1.8756), (0.0061, -0.0121, 0.0185), (0.1903, 0.1164, 0.0391), (99, 92, 187)),
        (609, 0.019, (-3.1338, -0.0040, 1.1761), (0.0179, -0.0095, 0.0205), (0.1842, 0.1129, 0.0411), (190, 38, 84)),
        (458, 0.019, (-0.0186, 0.0062, 0.9472), (0.0012, 0.0007, 0.0199), (0.1150, 0.1006, 0.0420), (43, 149, 48)),
        (805, 0.019, (3.1400, 0.0290, -1.5724), (0.0087, -0.0001, 0.0206), (0.1177, 0.1171, 0.0419), (122, 199, 186)),
        (68, 0.019, (0.0, -1.5664, -0.0003), (-0.0002, -0.0101, 0.0205), (0.1181, 0.1557, 0.0415), (156, 89, 217)),
    ),
    "tool": (
        (222, 0.018, (3.1411, 0.0189, -1.5526), (-0.0272, 0.0, 0.0198), (0.1462, 0.1114, 0.0393), (69, 128, 26)),
        (472, 0.018, (-0.0085, -0.0045, 0.0042), (0.0002, 0.0116, 0.0198), (0.1116, 0.1117, 0.0396), (112, 38, 189)),
        (499, 0.018, (0.0171, -0.0077, -1.5722), (0.0143, -0.0005, 0.0193), (0.1477, 0.1111, 0.0394), (87, 186, 235)),
        (137, 0.018, (0.0077, 0.0167, -3.1113), (0.0002, -0.0079, 0.0198), (0.1105, 0.1122, 0.0407), (166, 194, 76)),
        (899, 0.018, (3.1416, 0.0, 1.5708), (0.0031, -0.0002, 0.0195), (0.1818, 0.1107, 0.0396), (204, 166, 120)),
    ),
    "ornament": (
        (405, 0.018, (3.1416, 0.0, 1.5708), (0.0056, 0.0001, 0.0197), (0.1482, 0.1120, 0.0396), (212, 224, 46)),
        (480, 0.018, (3.1416, 0.0, 1.5707), (-0.0021, -0.0001, 0.0197), (0.1102, 0.1120, 0.0397), (23, 204, 222)),
        (412, 0.018, (-0.0066, -0.0045, 0.7685), (-0.0001, 0.0003, 0.0196), (0.1062, 0.1053, 0.0401), (148, 117, 41)),
        (994, 0.018, (3.1383, 0.0088, -1.5700), (0.0128, -0.0007, 0.0197), (0.1115, 0.1100, 0.0401), (3, 107, 82)),
        (171, 0.018, (0.0, -1.5708, 0.0), (0.0014, 0.0001, 0.0201), (0.1122, 0.1115, 0.0406), (230, 176, 84)),
    ),
}
"""Label -> number in `random_urdfs`, scale, rotation [rad], offset [m], extent as it lies [m], colour."""


def _mesh(
    file: str, scale: float, turn: Vector, offset: Vector, extent: Vector, color: Color, *, mass_kg: float,
    contact: str = "",
) -> Model:  # fmt: skip
    """Return one mesh as a thing."""
    shape = Shape("mesh", (scale, scale, scale), offset, turn, color, file, contact)
    return Model((shape,), mass_kg=mass_kg, footprint_m=extent[:2], height_m=extent[2])


def _blob(number: int, scale: float, turn: Vector, offset: Vector, extent: Vector, color: Color) -> Model:
    """Return one of the thousand shapes of `random_urdfs`."""
    file = f"random_urdfs/{number:03d}/{number:03d}.obj"
    return _mesh(file, scale, turn, offset, extent, color, mass_kg=0.15)


def _mug(color: Color) -> Model:
    """Return a mug with its handle at +y."""
    return _mesh(
        "objects/mug.obj", 1.0, (0.0, 0.0, 0.0), (0.0, -0.0198, 0.0), (0.0820, 0.1216, 0.1000), color,
        mass_kg=0.3, contact="objects/mug_col.obj",
    )  # fmt: skip


MESH_THINGS: dict[str, tuple[str, Model]] = {
    "mug_red": ("mug", _mug((206, 62, 56))),
    "mug_blue": ("mug", _mug((60, 96, 176))),
    "mug_white": ("mug", _mug((236, 234, 228))),
    "duck": (
        "duck",
        _mesh(
            "duck_vhacd.obj", 0.09, (1.5708, 0.0, 0.0), (0.0126, 0.0032, -0.0085), (0.1489, 0.1044, 0.1392),
            (250, 214, 66), mass_kg=0.2,
        ),
    ),
    "teddy": (
        "teddy",
        _mesh(
            "teddy2_VHACD_CHs.obj", 0.25, (-2.7870, -0.5549, 1.1634), (-0.2049, -0.1444, 0.0730),
            (0.2360, 0.1533, 0.1556), (164, 108, 64), mass_kg=0.3,
        ),
    ),
    "rabbit": (
        "rabbit",
        _mesh(
            "bunny.obj", 0.09, (1.5739, -0.0015, 0.0), (-0.0003, 0.0025, 0.0599), (0.0834, 0.1777, 0.1297),
            (226, 206, 190), mass_kg=0.4,
        ),
    ),
    "brick": (
        "brick",
        _mesh(
            "lego/lego.obj", 0.3, (1.5708, 0.0, 0.0), (-0.0476, -0.0476, 0.0), (0.0951, 0.0952, 0.0690),
            (232, 196, 52), mass_kg=0.1,
        ),
    ),
    "ring": (
        "ring",
        _mesh(
            "torus/torus_textured.obj", 0.11, (1.5708, 0.0, 0.0), (0.0, 0.0, 0.0272), (0.1650, 0.1650, 0.0544),
            (222, 92, 128), mass_kg=0.2,
        ),
    ),
    "tray": (
        "tray",
        _mesh(
            "tray/tray_textured2.obj", 0.28, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0028), (0.3304, 0.3304, 0.0759),
            (255, 255, 255), mass_kg=0.6,
        ),
    ),
    **{
        f"random_{blob[0]:03d}": (label, _blob(*blob))
        for label, blobs in BLOBS.items()
        for blob in blobs
    },
}  # fmt: skip
"""Key -> label and model."""
