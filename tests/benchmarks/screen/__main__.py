"""Measure the screen: ``python -m tests.benchmarks.screen [--scale S] [BUDGET ...]``.

A row for every budget, ``B1`` to ``B18`` and some with names of their own, or for those that are named: what was
measured, the floor of the same run, the ratio, what is demanded and whether it is held. Ends with 1 if something is
missed. ``--scale 0.2`` takes a fifth of the samples. Needs Linux. Everything but the key echo is CPU time, so that
what else the machine does is not in it.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from .table import HEAD, Ask, Group, line

GROUPS = (
    Group(("B1", "B2", "B3"), "starting"),
    Group(("B4", "B13", "B14"), "moving"),
    Group(("B5", "B6", "B7", "B8", "B9", "B10", "B15", "FLAT"), "streaming"),
    Group(("B11", "B12", "ECHO", "LAST"), "echo"),
    Group(("REPLY", "BURST"), "replies"),
    Group(("PASTE",), "pasting"),
    Group(("B16",), "resting"),
    Group(("B17", "B18"), "guarding"),
)
"""In the order of the table. Budgets of one group are measured in one run."""


def main() -> int:
    """Measure and print; the exit code."""
    names = [budget for group in GROUPS for budget in group.budgets]
    arguments = argparse.ArgumentParser(prog="python -m tests.benchmarks.screen", description=__doc__)
    arguments.add_argument("--scale", type=float, default=1.0)
    arguments.add_argument("budgets", nargs="*", metavar="BUDGET", help=", ".join(names))
    chosen = arguments.parse_args()
    wanted = frozenset(name.upper() for name in chosen.budgets) or frozenset(names)
    if unknown := wanted - frozenset(names):
        arguments.error(f"no budget is called {', '.join(sorted(unknown))}")
    print(HEAD, flush=True)
    missed = 0
    for group in GROUPS:
        if asked := wanted.intersection(group.budgets):
            measure = import_module(f".{group.module}", __package__).measure
            for figure in measure(Ask(asked, chosen.scale)):
                print(line(figure), flush=True)
                missed += not figure.held
    print(f"\n{'everything is held' if not missed else f'{missed} missed'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
