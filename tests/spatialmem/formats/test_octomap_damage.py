"""300 damaged OctoMap files: each is refused with its path, a byte and what was expected there; none is a map."""

import re
import tracemalloc

import numpy as np
import pytest
from maps import random_octree

from spatialmem import FormatError, read_octomap, write_octomap

MEMORY_MAX = 32 << 20
"""No damaged file of a few kilobytes may take more bytes than this."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A good `.bt` and a good `.ot` file, as bytes."""
    folder = tmp_path_factory.mktemp("whole")
    files = {}
    for suffix in (".bt", ".ot"):
        write_octomap(folder / f"a{suffix}", random_octree(5, voxel_size_m=0.25))
        files[suffix] = (folder / f"a{suffix}").read_bytes()
    return files


def split(data):
    at = data.index(b"\ndata\n") + 6
    return data[:at], data[at:]


def flipped(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def line_of(data, name):
    """The header line that begins with `name`."""
    return next(line for line in data.split(b"\n") if line.startswith(name + b" "))


def with_line(data, name, line):
    """Replace the header line that begins with `name`; None leaves it out."""
    head, nodes = split(data)
    new = b"" if line is None else line + b"\n"
    return re.sub(rb"(?m)^" + name + rb" .*\n", lambda _: new, head) + nodes


def cut_short(data, suffix):
    head, nodes = split(data)
    yield from (data[: len(head) * i // 30] for i in range(31))
    yield from (head + nodes[: len(nodes) * i // 24] for i in range(24))
    yield data[:-1]


def flipped_bits(data, suffix):
    """Any flip in the first line; among the nodes any flip of what says which children a node has."""
    head, nodes = split(data)
    mark = data.index(b"\n")
    yield from (flipped(data, 8 * (mark * i // 14) + i % 7) for i in range(14))
    structure = range(len(nodes)) if suffix == ".bt" else range(4, len(nodes), 5)
    chosen = [structure[len(structure) * i // 32] for i in range(32)]
    yield from (flipped(data, 8 * (len(head) + byte) + i % 8) for i, byte in enumerate(chosen))


def wrong_header(data, suffix):
    count = int(line_of(data, b"size").split()[1])
    for size in (0, 1, count - 1, count + 1, 10 * count, 2**32 + count, 10**17, 10**30, -count):
        yield with_line(data, b"size", b"size %d" % size)
    for word in (b"", b" ", b"1e3", b"many", b"0x10", b"\xff\xfe"):
        yield with_line(data, b"size", b"size " + word)
    for word in (b"", b"0", b"-0.1", b"nan", b"inf", b"1e9", b"1e-9", b"0.1.0", b"small", b"0,1"):
        yield with_line(data, b"res", b"res " + word)
    for word in (b"", b"octree", b"OcTreeStamped", b"SemanticOcTree", b"OcTree OcTree", b"\0\0", b"A" * 500):
        yield with_line(data, b"id", b"id " + word)
    for name in (b"size", b"res", b"id"):
        yield with_line(data, name, None)
        yield with_line(data, name, line_of(data, name) * 2)
        yield with_line(data, name, (line_of(data, name) + b"\n") * 2)
    yield data.replace(b"\ndata\n", b"\ndate\n")
    yield data.replace(b"\ndata\n", b"\n")
    yield data.replace(b"\ndata\n", b"\n" + b"# and so on\n" * 9000 + b"data\n")


def wrong_nodes(data, suffix):
    head, nodes = split(data)
    rng = np.random.default_rng(7)
    for extra in (b"\0", b"\n", b"\0" * 5, b"data\n", nodes, data, rng.bytes(1000)):
        yield data + extra
    for garbage in (b"\0", b"\xff", b"\x55", b"\xaa", b"\x03", b"\xc0"):
        yield head + garbage * len(nodes)
    yield from (head + rng.bytes(len(nodes)) for _ in range(12))
    yield head + nodes[::-1]
    yield head + nodes[1:] + nodes[:1]
    yield head + nodes[2:]


def too_deep(data, suffix):
    """Seventeen levels of children, with the right number of nodes."""
    nodes = b"\x03\0" * 16 + b"\x02\0" if suffix == ".bt" else b"\0\0\x80\x3f\x01" * 17 + b"\0\0\x80\x3f\0"
    head, _ = split(data)
    yield with_line(head, b"size", b"size 18") + nodes


def no_children(data, suffix):
    """An inner node all of whose children are unknown; log-odds that are none."""
    head, _ = split(data)
    if suffix == ".bt":
        yield with_line(head, b"size", b"size 1") + b"\0\0"
        yield with_line(head, b"size", b"size 2") + b"\x03\0\0\0"
    else:
        for odds in (np.nan, np.inf, -np.inf, 1e20):
            yield with_line(head, b"size", b"size 1") + np.array([odds], "<f4").tobytes() + b"\0"


def other_files(data, suffix):
    yield b""
    yield b"\n"
    yield b"\x89PNG\r\n\x1a\n" + bytes(100)
    yield b"ply\nformat ascii 1.0\nend_header\n"
    yield np.random.default_rng(1).bytes(3000)
    yield b"# Octomap OcTree\n" + data.split(b"\n", 1)[1]
    yield (
        data.replace(b" binary file", b" file")
        if suffix == ".bt"
        else data.replace(b"OcTree file", b"OcTree binary file", 1)
    )


KINDS = (cut_short, flipped_bits, wrong_header, wrong_nodes, too_deep, no_children, other_files)


@pytest.fixture(scope="module")
def damaged(whole):
    return [
        (f"{kind.__name__}-{i}{suffix}", data)
        for kind in KINDS
        for suffix in whole
        for i, data in enumerate(kind(whole[suffix], suffix))
    ]


def refusal_of(path):
    """The refusal of a file, with what it took; fails where there is none."""
    tracemalloc.start()
    try:
        with pytest.raises(FormatError) as refused:
            read_octomap(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MEMORY_MAX
    return refused.value


def check(error, path, size):
    words = str(error)
    assert error.path == path
    assert 0 <= error.offset <= size
    assert words.startswith(f"{path}, byte {error.offset}: expected ")
    assert words.endswith(".")
    assert words.isprintable()


def test_every_damaged_file_is_refused(damaged, tmp_path):
    assert len(damaged) >= 300
    assert len({data for _, data in damaged}) >= 300
    for name, data in damaged:
        path = tmp_path / name
        path.write_bytes(data)
        check(refusal_of(path), path, len(data))
        path.unlink()


def test_the_whole_files_are_maps(whole, tmp_path):
    for suffix, data in whole.items():
        (tmp_path / f"a{suffix}").write_bytes(data)
        assert read_octomap(tmp_path / f"a{suffix}").root_count > 0


def test_every_flipped_bit_among_the_nodes_of_states_is_seen(whole, tmp_path):
    """One bit changes how many nodes or how many inner nodes there are; either no longer fits."""
    path, data = tmp_path / "a.bt", whole[".bt"]
    head, nodes = split(data)
    for byte in range(0, len(nodes), max(1, len(nodes) // 300)):
        for bit in range(8):
            path.write_bytes(flipped(data, 8 * (len(head) + byte) + bit))
            with pytest.raises(FormatError):
                read_octomap(path)


def test_the_byte_is_where_the_damage_is(whole, tmp_path):
    path = tmp_path / "a.ot"
    head, nodes = split(whole[".ot"])
    path.write_bytes(head + nodes[:50] + b"\xff\xff\xff\x7f" + nodes[54:])
    assert refusal_of(path).offset == len(head) + 50
    path.write_bytes(head + nodes[:-7])
    assert refusal_of(path).offset == len(head) + len(nodes) - 10
    path.write_bytes(with_line(whole[".bt"], b"res", b"res nought"))
    assert refusal_of(path).offset == path.read_bytes().index(b"res")


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "folder.bt").mkdir()
    check(refusal_of(tmp_path / "folder.bt"), tmp_path / "folder.bt", 0)
    check(refusal_of(tmp_path / "missing.bt"), tmp_path / "missing.bt", 0)
    (tmp_path / "link.bt").symlink_to(tmp_path / "missing.bt")
    check(refusal_of(tmp_path / "link.bt"), tmp_path / "link.bt", 0)


def test_a_device_is_refused_before_it_is_read():
    with pytest.raises(FormatError, match="a device or a pipe"):
        read_octomap("/dev/zero")
