"""Commands of other packages are found by their entry points; a broken one is named, and hurts nobody."""

import typer

from spatialmem.cli import goal_meant, plugins, takes_points


class Announced:
    """An entry point."""

    def __init__(self, name, loads):
        self.name, self.value, self._loads = name, f"somewhere:{name}", loads

    def load(self):
        if isinstance(self._loads, Exception):
            raise self._loads
        return self._loads


def suite_app():
    app = typer.Typer()

    @app.command()
    def run(count: int = 1):
        """Run the suite."""
        print(f"ran {count}")

    @app.command()
    def tell():
        """List the suite."""

    return app


def hello():
    """Say hello."""
    print("hello")


def announce(monkeypatch, *announced):
    def entry_points(*, group):
        assert group == "spatialmem.commands"
        return announced

    monkeypatch.setattr(plugins, "entry_points", entry_points)


def test_typer_apps_and_functions_are_mounted(spatialmem, monkeypatch):
    announce(monkeypatch, Announced("suite", suite_app()), Announced("hello", hello))
    assert spatialmem("suite", "run", "--count", "3").out == "ran 3\n"
    assert spatialmem("hello").out == "hello\n"
    listed = spatialmem("--help").out
    assert "suite" in listed
    assert "hello" in listed


def test_a_command_may_take_points(spatialmem, monkeypatch):
    @takes_points
    def tell(words: list[str], how: str = "softly"):
        print(goal_meant(words), how)

    announce(monkeypatch, Announced("tell", tell), Announced("hello", hello))
    assert spatialmem("tell", "-1.5", "2", "--how", "loudly").out == "(-1.5, 2.0) loudly\n"
    assert spatialmem("tell", "the", "mug").out == "the mug softly\n"
    assert spatialmem("tell", "7").out == "7 softly\n"
    refused = spatialmem("tell", "1", "nan")
    assert refused.code == 2
    assert "GOAL is 1 nan" in refused.err


def test_a_broken_command_is_named_and_the_others_work(spatialmem, monkeypatch):
    announce(monkeypatch, Announced("broken", ImportError("no module named\n'simulator'")), Announced("hello", hello))
    answer = spatialmem("hello")
    assert (answer.code, answer.out) == (0, "hello\n")
    assert "'broken' could not be loaded from somewhere:broken: ImportError: no module named 'simulator'" in (
        " ".join(answer.err.split())
    )


def test_our_own_commands_cannot_be_taken_and_load_no_others(spatialmem, monkeypatch):
    announce(monkeypatch, Announced("replay", hello), Announced("broken", RuntimeError("loaded in vain")))
    own = spatialmem("replay", "nowhere")
    assert own.code == 2
    assert "loaded in vain" not in own.err
    assert "'replay' of somewhere:replay is left out" in " ".join(spatialmem("--help").err.split())


def test_the_installed_groups_load(spatialmem):
    assert spatialmem("--help").err == ""
