"""Rows of the numbered tables: kept in order with the journal, replaced by number, pictures under their budget."""

import pytest
from store_workload import WORLD, fill

from spatialmem import InputError
from spatialmem.store import Store
from spatialmem.store.checking import verify

NODE = (1, 7, "place", 100, None, 2, None, b"what it is")
EDGE = (1, "adjacent", 7, 8, 100, 200, 2, 5, b"")
OBJECT = (1, 3, 100, None, 2, None, b"mug")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.smem"


def test_rows_come_back(path):
    with Store.open(path, world=WORLD) as store:
        fill(store, 3)
        for table, row in (("node", NODE), ("edge", EDGE), ("object_state", OBJECT)):
            store.put(table, [row, (2, *row[1:]), (3, *row[1:])])
        store.put("evidence", [(1, 3, 2, 100, b"jpeg"), (2, 3, 2, 100, b"jpeg too")])
        store.flush()
        assert list(store.rows("edge")) == [EDGE, (2, *EDGE[1:]), (3, *EDGE[1:])]
    with Store.open(path, world=WORLD) as store:
        assert list(store.rows("node", after_id=2)) == [(3, *NODE[1:])]
        assert [row[6] for row in store.rows("evidence")] == [b"jpeg", b"jpeg too"]
        closed = (2, 7, "place", 100, 300, 2, 3, b"it was moved")
        store.put("node", [closed])
        store.flush()
        assert list(store.rows("node")) == [NODE, closed, (3, *NODE[1:])]
    assert verify(path).ok


@pytest.mark.parametrize(
    ("table", "row", "why"),
    [
        ("places", NODE, "no table 'places'"),
        ("journal", NODE, "no table 'journal'"),
        ("node", NODE[:-1], "does not fit"),
        ("node", (1, "7", *NODE[2:]), "does not fit"),
        ("node", (True, *NODE[1:]), "does not fit"),
        ("node", (2, *NODE[1:]), "the next one is 1"),
        ("node", (None, *NODE[1:]), "the next one is 1"),
        ("evidence", (1, 3, 2, 100, "jpeg"), "does not fit"),
    ],
)
def test_rows_that_do_not_fit(path, table, row, why):
    with Store.open(path, world=WORLD) as store:
        with pytest.raises(InputError, match=why):
            store.put(table, [row])
        store.put("node", [])
        assert list(store.rows("node")) == []


def test_the_oldest_pictures_go(path):
    with Store.open(path, world=WORLD, evidence_budget_mib=0.01) as store:
        for i in range(1, 30):
            store.put("evidence", [(i, 1, None, i, bytes([i]) * 1000)])
        store.flush()
        store.flush()
    with Store.open(path, world=WORLD, evidence_budget_mib=0.01) as store:
        rows = list(store.rows("evidence"))
        assert [row[0] for row in rows] == list(range(1, 30))
        assert [row[6] is None for row in rows] == [True] * 19 + [False] * 10
        with pytest.raises(InputError, match="the next one is 30"):
            store.put("evidence", [(29, 1, None, 1, b"again")])
    assert verify(path).ok
