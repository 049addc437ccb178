"""`spatialmem check`: is an episode any good, and if not, what is the likely fix."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from spatialmem.cli import console, options
from spatialmem.episodes.report import EpisodeReport

__all__ = ["check"]

_STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}


def check(episode: options.Episode, as_json: options.AsJson = False) -> None:
    """Check units, up axis, pose direction and camera convention of an episode, and name the likely fix."""
    from spatialmem.episodes import open_episode
    from spatialmem.episodes.check import check_episode

    source = open_episode(episode)
    with console.asides().status(f"Comparing frames of {source.name} ..."):
        report = check_episode(source)
    if as_json:
        console.print_json(report.to_dict())
    else:
        _print(console.answers(), report)
    raise typer.Exit(console.GOOD if report.good else console.BAD)


def _print(out: Console, report: EpisodeReport) -> None:
    """Print the verdict, the findings with their fixes, the facts, and how well each convention fits."""
    errors = sum(finding.severity == "error" for finding in report.findings)
    verdict = Text.assemble((report.name, "bold"), " is ")
    if report.good:
        verdict.append("good.", "bold green")
    else:
        verdict.append(f"not good: {errors} error{'s' * (errors > 1)}.", "bold red")
    out.print(verdict, soft_wrap=True)
    for finding in report.findings:
        out.print()
        out.print(Text.assemble((f"{finding.severity} {finding.name}", _STYLES[finding.severity])))
        console.print_hanging(out, Text("  "), finding.message)
        if finding.fix:
            console.print_hanging(out, Text.assemble("  ", ("fix: ", "bold")), finding.fix)
    out.print()
    console.print_facts(out, "Facts", ((name, str(value)) for name, value in report.facts.items()))
    if report.hypotheses:
        out.print()
        out.print("How well depth agrees from frame to frame, if the data were", style="bold", soft_wrap=True)
        out.print(_hypotheses(report))


def _hypotheses(report: EpisodeReport) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("agreement", justify="right")
    table.add_column("median error", justify="right")
    for score in report.hypotheses:
        table.add_row(score.name, f"{score.agreement:.1%}", f"{score.error_mm:.1f} mm")
    return table
