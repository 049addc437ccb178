"""The verdict: the worst is told, with its reason."""

import math
from collections import Counter

import pytest

from spatialmem.live import Health, LiveConfig
from spatialmem.live.health import Moment, Rates, judge
from spatialmem.live.inbox import Tally

WELL = {"age_s": 0.03, "busy_s": 0.01, "hanging": 0, "is_running": True, "trouble": "", "failed": {}, "silent": {}}


def rates(**fields):
    window = Rates(2.0)
    window.note(0, {"camera": Tally()})
    return window.note(10**9, {"camera": Tally(sent=30, **fields)})


@pytest.mark.parametrize(
    ("change", "health", "said"),
    [
        ({}, Health.OK, ""),
        ({"rates": rates(dropped=3)}, Health.DEGRADED, "3 dropped"),
        ({"rates": rates(unposed=2)}, Health.DEGRADED, "2 without a pose"),
        ({"rates": rates(lost=1)}, Health.DEGRADED, "1 lost"),
        ({"rates": rates(rejected=Counter(depth_unit=20))}, Health.DEGRADED, "20 depth_unit"),
        ({"rates": rates(rejected=Counter(duplicate=2))}, Health.OK, ""),
        ({"failed": {"camera": "OSError: unplugged"}}, Health.DEGRADED, "unplugged"),
        ({"silent": {"left": 3.0}}, Health.DEGRADED, "nothing from left for 3.0 s"),
        ({"age_s": 0.4}, Health.STALE, "0.40 s ago"),
        ({"age_s": 0.4, "rates": rates(unposed=9)}, Health.STALE, "9 without a pose"),
        ({"age_s": 0.4, "failed": {"camera": "OSError: unplugged"}}, Health.STALE, "unplugged"),
        ({"age_s": 0.4, "busy_s": 0.39}, Health.STALE, "taken in for 0.39 s"),
        ({"age_s": 0.4, "is_running": False}, Health.STALE, "nobody takes any in"),
        ({"age_s": math.inf}, Health.STALE, "no frame or scan has come in yet"),
        ({"age_s": 9.0, "trouble": "no space is left"}, Health.FAULT, "no space is left"),
        ({"age_s": 9.0, "hanging": 3}, Health.FAULT, "3 inputs in a row hang"),
    ],
)
def test_the_worst_is_told(change, health, said):
    found, reason = judge(Moment(**{"rates": rates(), **WELL, **change}), LiveConfig())
    assert found is health
    assert said in reason
    assert bool(reason) == (health is not Health.OK)


def test_rates_are_of_the_window():
    window = Rates(2.0)
    for second in range(10):
        told = window.note(second * 10**9, {"camera": Tally(sent=30 * second, admitted=15 * second)})
    assert told["camera"].sent_hz == pytest.approx(30.0)
    assert told["camera"].admitted_hz == pytest.approx(15.0)
    assert told["camera"].sent == 60
