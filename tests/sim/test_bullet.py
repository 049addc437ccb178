"""PyBullet behind its one door: it stays quiet, and where it cannot start the reason is one sentence."""

import os
import subprocess
import sys
import types

import pytest

pytest.importorskip("pybullet")

from sim import bullet
from spatialmem import InputError, SpatialMemError


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env={**os.environ, **environment}
    )


def test_nothing_native_reaches_the_terminal():
    code = """if True:
        print("before", flush=False)
        from sim import bullet
        client = bullet.connect()
        with bullet.quiet():
            try:
                bullet.api().loadURDF("no/such/file.urdf", physicsClientId=client)
            except bullet.api().error:
                pass
            bullet.api().loadURDF("r2d2.urdf", physicsClientId=client)
        print("after")"""
    result = run(code)
    assert result.returncode == 0, result.stderr
    assert (result.stdout, result.stderr) == ("before\nafter\n", "")


def test_quiet_swallows_both_streams_and_may_be_nested(capfd):
    with bullet.quiet():
        os.write(1, b"one")
        with bullet.quiet():
            os.write(2, b"two")
        os.write(1, b"three")
    os.write(1, b"heard")
    os.write(2, b"too")
    assert capfd.readouterr() == ("heard", "too")


def test_quiet_gives_the_terminal_back_after_an_error(capfd):
    with pytest.raises(ZeroDivisionError), bullet.quiet():
        raise ZeroDivisionError
    os.write(1, b"heard")
    assert capfd.readouterr().out == "heard"


def test_a_python_without_pybullet_says_so():
    code = """if True:
        import sys
        sys.modules["pybullet"] = None
        from sim import bullet
        try:
            bullet.connect()
        except bullet.BulletMissing as error:
            print(error)"""
    result = run(code)
    assert "PyBullet" in result.stdout
    assert result.stdout.count("\n") == 1
    assert issubclass(bullet.BulletMissing, SpatialMemError)


@pytest.mark.parametrize(("version", "says"), [((3, 11), "pip install"), ((3, 12), "for Python 3.10 and 3.11 only")])
def test_what_to_do_depends_on_the_python(version, says, monkeypatch):
    monkeypatch.setattr(bullet, "sys", types.SimpleNamespace(version_info=version))
    assert says in str(bullet.BulletMissing())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks for an X server")
def test_a_window_without_a_display_is_refused_and_does_not_end_the_process(monkeypatch):
    for display in ("", ":987"):
        monkeypatch.setenv("DISPLAY", display)
        with pytest.raises(InputError, match="without gui"):
            bullet.connect(gui=True)


def test_clients_do_not_share_a_world():
    api, (first, second) = bullet.api(), (bullet.connect(), bullet.connect())
    api.loadURDF("cube.urdf", physicsClientId=first)
    assert [api.getNumBodies(physicsClientId=client) for client in (first, second)] == [1, 0]
    for client in (first, second):
        api.disconnect(physicsClientId=client)


def test_the_data_folder_has_the_robots():
    assert (bullet.data_path() / "husky" / "husky.urdf").is_file()


@pytest.mark.parametrize("closed", ["1", "2", "1 2"])
def test_a_stream_that_is_closed_stays_so_and_the_other_one_is_as_it_was(closed):
    code = f"""if True:
        import os
        for number in map(int, {closed!r}.split()):
            os.close(number)
        from sim import bullet
        with bullet.quiet():
            os.write(1, b"noise")
        for number in (1, 2):
            try:
                os.write(number, b"heard")
            except OSError:
                assert str(number) in {closed!r}
            else:
                assert str(number) not in {closed!r}"""
    result = run(code)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ("" if "1" in closed else "heard")
    assert result.stderr == ("" if "2" in closed else "heard")
