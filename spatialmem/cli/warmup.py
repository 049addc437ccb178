"""`spatialmem warmup`: compiles every kernel ahead of time."""

from __future__ import annotations

import typer

from spatialmem.cli import console, options

__all__ = ["warmup"]


def warmup(as_json: options.AsJson = False) -> None:
    """Compile every kernel now, so that no first use has to wait. Once on a machine is enough."""
    from spatialmem.cli.compiling import prepare_kernels

    say = console.asides()
    total = 0

    def each(name: str, index: int, count: int, _: int) -> None:
        nonlocal total
        total = count
        say.print(f"{index + 1:3d}/{count} {name}", markup=False)

    compiled, seconds = prepare_kernels(say, each)
    if as_json:
        console.print_json({"kernels": total, "compiled": compiled, "seconds": round(seconds, 3)})
    elif compiled:
        console.answers().print(f"Compiled {compiled} of {total} kernels in {seconds:.1f} s.")
    else:
        console.answers().print(f"All {total} kernels were already compiled; loading them took {seconds:.1f} s.")
    raise typer.Exit(console.GOOD)
