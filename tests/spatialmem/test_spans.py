"""Times as people write and read them."""

import math

import pytest

from spatialmem import InputError
from spatialmem.spans import shown_ago, shown_span, stamp_of

LAST_NS = 10**18


@pytest.mark.parametrize(
    ("words", "stamp_ns"),
    [
        ("60s", LAST_NS - 60 * 10**9),
        ("10min", LAST_NS - 600 * 10**9),
        ("2h", LAST_NS - 7200 * 10**9),
        ("1.5 d", LAST_NS - 129600 * 10**9),
        ("0s", LAST_NS),
        ("0", 0),
        (str(2**63 - 1), 2**63 - 1),
    ],
)
def test_a_span_is_before_the_last_stamp_and_a_number_is_a_stamp(words, stamp_ns):
    assert stamp_of(words, option="--since", last_ns=LAST_NS) == stamp_ns


@pytest.mark.parametrize(
    "words", ["", "s", "1m", "-1s", "1e3s", "nan", "infs", "99999999999999999999", "9" * 400 + "s", "٣s"]
)
def test_other_words_are_refused(words):
    with pytest.raises(InputError, match=r"--since is .* give a time before the memory's last stamp, such as 60s"):
        stamp_of(words, option="--since", last_ns=LAST_NS)


def test_spans_are_shown_in_the_largest_unit_that_they_fill():
    assert [shown_span(s) for s in (0.0, 59.9, 60.0, 7200.0, 86400.0, 3.2e7, math.inf)] == [
        "0.0 s", "59.9 s", "1.0 minutes", "2.0 hours", "1.0 days", "1.0 years", "for ever",
    ]  # fmt: skip
    assert shown_ago(LAST_NS - 12_300_000_000, LAST_NS) == "12.3 s ago"
    assert shown_ago(LAST_NS + 1, LAST_NS) == "0.0 s ago"
