"""The log is read as SQLite reads it, and a bad frame before what was durable is damage, not an end."""

import random

import pytest
from store_workload import WORLD, fill

from spatialmem.store import Store
from spatialmem.store.schema import PAGE_BYTES
from spatialmem.store.wal import _power, _sums, read_wal

FRAME = 24 + PAGE_BYTES


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = tmp_path_factory.mktemp("log") / "a.smem"
    with Store.open(path, world=WORLD) as store:
        for seq in range(4, 60, 4):
            fill(store, seq)
            store.flush()
        return (path.parent / "a.smem-wal").read_bytes()


def audited(tmp_path, data):
    path = tmp_path / "wal"
    path.write_bytes(data)
    with path.open("rb") as file:
        return read_wal(file.fileno(), len(data))


def commits(data):
    """Which frames end a transaction."""
    return [i for i in range((len(data) - 32) // FRAME) if any(data[32 + i * FRAME + 4 : 32 + i * FRAME + 8])]


def with_flip(data, at):
    return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]


def test_the_checksum_is_the_documented_one():
    import numpy as np

    rng = random.Random(3)
    words = [rng.getrandbits(32) for _ in range(2 + PAGE_BYTES // 4)]
    seed = [rng.getrandbits(32), rng.getrandbits(32)]
    s0, s1 = seed
    for i in range(0, len(words), 2):
        s0 = (s0 + words[i] + s1) & 0xFFFFFFFF
        s1 = (s1 + words[i + 1] + s0) & 0xFFFFFFFF
    a, b, d = _power(PAGE_BYTES)
    own = _sums(np.array([words], np.uint32))[0]
    assert (a * seed[0] + b * seed[1] + own[0]) & 0xFFFFFFFF == s0
    assert (b * seed[0] + d * seed[1] + own[1]) & 0xFFFFFFFF == s1


def test_a_whole_log(tmp_path, log):
    wal = audited(tmp_path, log)
    assert wal.damage is None
    assert wal.end == len(log)
    assert wal.page_count > 10
    assert set(wal.pages) <= set(range(1, wal.page_count + 1))


def test_a_cut_is_an_earlier_end(tmp_path, log):
    ends = [0, 32, *(32 + (i + 1) * FRAME for i in commits(log))]
    for cut in [*ends, *range(0, len(log), len(log) // 60)]:
        wal = audited(tmp_path, log[:cut])
        assert wal.damage is None
        assert wal.end == max(end for end in ends if end <= cut) or cut < 64


def test_a_flip_before_the_last_transaction_but_one_is_damage(tmp_path, log):
    ends, rng = commits(log), random.Random(5)
    sure = 32 + ends[-3] * FRAME
    for at in [*range(32), *(rng.randrange(32, sure) for _ in range(300))]:
        assert audited(tmp_path, with_flip(log, at)).damage is not None, at


def test_a_flip_in_the_last_transaction_ends_the_log_before_it(tmp_path, log):
    """Damage is only said where the flip makes a commit of a frame that another one follows."""
    ends, rng = commits(log), random.Random(6)
    last = 32 + (ends[-2] + 1) * FRAME
    for at in (rng.randrange(last, len(log)) for _ in range(60)):
        wal = audited(tmp_path, with_flip(log, at))
        assert wal.end == last
        assert wal.damage is None or 4 <= (at - 32) % FRAME < 8


def test_frames_of_an_older_round_are_not_damage(tmp_path, log):
    end = 32 + (commits(log)[3] + 1) * FRAME
    old = bytearray(log[end:])
    for at in range(0, len(old), FRAME):
        old[at + 8] ^= 1
    wal = audited(tmp_path, log[:end] + bytes(old))
    assert wal.damage is None
    assert wal.end == end
