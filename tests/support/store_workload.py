"""What a store is filled with in the tests, so that any prefix of it can be told from anything else."""

import random

from spatialmem.store import Row, Store

WORLD = "workshop"
ROOTS = 9


def row(seq: int) -> Row:
    rng = random.Random(seq)
    return Row(seq, f"camera{seq % 3}", "RgbdFrame", seq * 100, seq * 100 + 7, rng.randbytes(rng.randrange(9000)))


def blocks_at(seq: int) -> dict[int, bytes]:
    """The map after row `seq`: every row rewrites one root, every tenth takes one away."""
    blocks: dict[int, bytes] = {}
    for i in range(max(1, seq - 20 * ROOTS), seq + 1):
        blocks[i % ROOTS - 4] = random.Random(-i).randbytes(1 + i * 37 % 20000)
        if i % 10 == 0:
            blocks.pop((i + 4) % ROOTS - 4, None)
    return blocks


def state_at(seq: int) -> bytes:
    return f"state after {seq}".encode() * 40


def checkpoint_at(seq: int, before: int):
    """(state, blocks that changed, roots that are gone) since the checkpoint at `before`."""
    old, new = blocks_at(before), blocks_at(seq)
    changed = [(key, data) for key, data in sorted(new.items()) if old.get(key) != data]
    return state_at(seq), changed, [key for key in old if key not in new]


def fill(store: Store, until: int, *, checkpoint_every: int = 0) -> None:
    for seq in range(store.last_seq + 1, until + 1):
        store.append(row(seq))
        if checkpoint_every and seq % checkpoint_every == 0:
            store.checkpoint(seq, *checkpoint_at(seq, store.checkpoint_seq))


def assert_prefix(store: Store) -> int:
    """Assert that all that a store holds is what was appended up to its newest row; return that row."""
    count = 0
    for found in store.journal():
        count += 1
        wanted = row(count)
        assert (found.seq, found.source, found.kind, found.stamp_ns, found.received_ns, found.payload_size) == (
            wanted.seq, wanted.source, wanted.kind, wanted.stamp_ns, wanted.received_ns, len(wanted.payload),
        )  # fmt: skip
        assert found.payload == (wanted.payload if count > store.dropped_until else None)
    assert count == store.durable_seq
    assert store.dropped_until <= store.checkpoint_seq <= count
    checkpoint = store.newest_checkpoint()
    assert (checkpoint.seq if checkpoint else 0) == store.checkpoint_seq
    if checkpoint:
        assert checkpoint.state == state_at(checkpoint.seq)
        assert dict(checkpoint.blocks) == blocks_at(checkpoint.seq)
    return count
