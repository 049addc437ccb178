"""A row's checksum and the journal's chain tell any two different rows apart."""

from hypothesis import given
from hypothesis import strategies as st

from spatialmem.store.rows import chain_next, chain_start, crc_of, set_digest

VALUES = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.text(max_size=20), st.binary(max_size=20)
)  # fmt: skip
ROWS = st.lists(VALUES, max_size=6)


@given(ROWS, ROWS)
def test_other_rows_have_other_checksums(a, b):
    same = [(type(x), x) for x in a] == [(type(x), x) for x in b]
    assert (crc_of("journal", a) == crc_of("journal", b)) == same
    assert (chain_next(b"0" * 16, a, b"") == chain_next(b"0" * 16, b, b"")) == same


@given(ROWS)
def test_a_row_is_bound_to_its_table_and_to_what_is_before_it(values):
    assert crc_of("journal", values) != crc_of("payload", values)
    assert chain_next(chain_start("a"), values, b"d") != chain_next(chain_start("b"), values, b"d")
    assert chain_next(chain_start("a"), values, b"d") != chain_next(chain_start("a"), values, b"e")


def test_a_set_of_blocks_is_told_from_another():
    one, two = (1, 5, b"a" * 16), (2, 5, b"b" * 16)
    digests = {set_digest(blocks) for blocks in ([], [one], [two], [one, two], [two, one], [(1, 6, b"a" * 16)])}
    assert len(digests) == 6
