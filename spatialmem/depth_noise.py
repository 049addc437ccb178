"""How noisy a depth camera is."""

from __future__ import annotations

__all__ = ["AXIAL_FROM_M", "AXIAL_M", "AXIAL_PER_M", "axial_sigma_m"]

AXIAL_M, AXIAL_PER_M, AXIAL_FROM_M = 0.0012, 0.0019, 0.4
"""Nguyen, Izadi and Lovell 2012, eq. 1: metres, per metre, metres."""


def axial_sigma_m(z_m: float) -> float:
    """Return the standard deviation of one pixel's depth [m] (Nguyen, Izadi and Lovell 2012, eq. 1)."""
    return AXIAL_M + AXIAL_PER_M * (z_m - AXIAL_FROM_M) ** 2
