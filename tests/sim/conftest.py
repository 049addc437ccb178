"""PyBullet says when it was built as soon as it is imported; here it does so unheard."""

import contextlib

from sim import bullet

with contextlib.suppress(bullet.BulletMissing):
    bullet.api()
