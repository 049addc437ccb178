"""Files that are there whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from spatialmem import InputError
from spatialmem.files import refuse_unwritable, write_whole


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_files_are_written_and_replaced(tmp_path):
    path = tmp_path / "a.bt"
    for data in (b"one", b"two"):
        write_whole({path: data})
        assert path.read_bytes() == data
    assert names(tmp_path) == ["a.bt"]
    os.umask(mask := os.umask(0))
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    """The second of two files does not fit: neither is changed, and nothing else is left."""
    first, second = tmp_path / "a.pgm", tmp_path / "a.yaml"
    first.write_bytes(b"old")
    synced = []

    def full(descriptor):
        synced.append(descriptor)
        if len(synced) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match=r"a\.yaml' cannot be written: No space left"):
        write_whole({first: b"new", second: b"new"})
    assert first.read_bytes() == b"old"
    assert names(tmp_path) == ["a.pgm"]


def test_an_interrupt_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole({tmp_path / "a.bt": b"new"})
    assert names(tmp_path) == []


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "a.bt").symlink_to(tmp_path / "kept" / "b.bt")
    write_whole({tmp_path / "a.bt": b"map"})
    assert (tmp_path / "a.bt").is_symlink()
    assert (tmp_path / "kept" / "b.bt").read_bytes() == b"map"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.txt", "does not end in .bt"),
        ("folder.bt", "is a folder"),
        ("missing/a.bt", "does not exist"),
        ("pipe.bt", "not an ordinary file"),
    ],
)
def test_what_cannot_be_written_is_known_before(tmp_path, name, words):
    (tmp_path / "folder.bt").mkdir()
    os.mkfifo(tmp_path / "pipe.bt")
    with pytest.raises(InputError, match=words):
        refuse_unwritable(tmp_path / name, (".bt",))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_known_before(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with pytest.raises(InputError, match="permission denied"):
        refuse_unwritable(folder / "a.bt", (".bt",))


def test_a_good_path_is_returned(tmp_path):
    assert refuse_unwritable(str(tmp_path / "A.BT"), (".bt",)) == Path(tmp_path / "A.BT")
