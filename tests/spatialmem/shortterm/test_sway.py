"""What all of a frame is wrong by at once: told by what rests, to each by the others, and not by what moves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialmem.shortterm.sway import IMPROBABLE_CHI2, corrected, frame_error

OWN_M = 0.005
seeds = st.integers(0, 10_000)


def a_frame(seed, count=6):
    """What `count` things two metres away are moved by, through a pose that is wrong by 1 cm and half a degree."""
    rng = np.random.default_rng(seed)
    x, y, z = rng.uniform([-1, -1, 1.5], [1, 1, 3], (count, 3)).T
    o, i = np.zeros(count), np.ones(count)
    lever = np.array([[o, z, -y, i, o, o], [-z, o, x, o, i, o], [y, -x, o, o, o, i]]).transpose(2, 0, 1)
    sway = lever * np.array([np.radians(0.5)] * 3 + [0.01] * 3)
    moved = sway @ rng.normal(size=6)
    return moved + rng.normal(0, OWN_M, (count, 3)), moved, sway


def told(apart, sway, witness=None):
    every = np.ones(apart.shape, bool)
    return frame_error(apart, np.full(apart.shape, OWN_M**2), sway, every if witness is None else witness)


def test_what_is_left_is_less_than_half_and_as_large_as_is_said():
    before, after, chi2 = [], [], []
    for seed in range(200):
        apart, moved, sway = a_frame(seed)
        found, cov = corrected(told(apart, sway), sway, leave_out=True)
        left = moved - found
        before.append((moved**2).sum(axis=1).mean())
        after.append((left**2).sum(axis=1).mean())
        chi2.append((left * np.linalg.solve(cov, left[..., None])[..., 0]).sum(axis=1).mean())
    assert np.mean(after) < 0.25 * np.mean(before)
    assert 2.0 < np.mean(chi2) < 4.5  # 3 where the covariance is right


@settings(max_examples=40)
@given(seeds)
def test_nothing_is_told_of_itself(seed):
    apart, _, sway = a_frame(seed)
    witness = np.ones((6, 3), bool)
    witness[0] = False
    silent = corrected(told(apart, sway, witness), sway, leave_out=True)
    apart[0] += 0.3
    elsewhere = corrected(told(apart, sway, witness), sway, leave_out=True)
    assert np.allclose(silent[0], elsewhere[0])
    unheard = corrected(told(apart, sway, witness), sway, leave_out=False)
    assert np.allclose(silent[0][0], unheard[0][0])
    assert np.allclose(silent[1][0], unheard[1][0])


@settings(max_examples=40)
@given(seeds, st.permutations(range(6)))
def test_the_order_does_not_matter(seed, order):
    apart, _, sway = a_frame(seed)
    found, cov = corrected(told(apart, sway), sway, leave_out=True)
    again, cov_again = corrected(told(apart[order], sway[order]), sway[order], leave_out=True)
    assert np.allclose(found[order], again)
    assert np.allclose(cov[order], cov_again)


@settings(max_examples=40)
@given(seeds)
def test_what_is_left_is_never_more_doubtful_and_a_proper_covariance(seed):
    apart, _, sway = a_frame(seed)
    _, cov = corrected(told(apart, sway), sway, leave_out=True)
    less = sway @ sway.transpose(0, 2, 1) - cov
    assert (np.linalg.eigvalsh(cov) > 0).all()
    assert (np.linalg.eigvalsh((less + less.transpose(0, 2, 1)) / 2) > -1e-12).all()


@pytest.mark.parametrize("seed", range(10))
def test_one_that_moves_leads_nobody_astray(seed):
    apart, _, sway = a_frame(seed)
    still, _ = corrected(told(apart, sway), sway, leave_out=True)
    apart[0] += [0.16, 0, 0]  # 0.8 m/s for a fifth of a second
    found, _ = corrected(told(apart, sway), sway, leave_out=True)
    assert np.abs(found[1:] - still[1:]).max() < 0.01


def test_two_are_no_witnesses_and_what_no_pose_does_is_no_pose():
    apart, _, sway = a_frame(0)
    two = np.zeros((6, 3), bool)
    two[:2] = True
    all_far = sway @ np.full(6, 1.5 * np.sqrt(IMPROBABLE_CHI2 / 6))
    for error in (told(apart, sway, two), told(all_far, sway)):
        found, cov = corrected(error, sway, leave_out=True)
        assert not found.any()
        assert np.allclose(cov, sway @ sway.transpose(0, 2, 1))
