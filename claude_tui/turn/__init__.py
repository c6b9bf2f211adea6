"""The only loop: ask, fold, journal, wait, run tools, ask again; it yields snapshots.

A turn is a generator, driven by a worker thread in the app, by a ``for`` loop in ``claude-tui -p`` and by
a list in a test. Every snapshot holds all there is to show, so a newer one may replace an unseen one.
Before a snapshot goes out, what it shows is committed to the journal; ``Turn.saved`` says when that could
not be done. One cadence for everybody: the first delta after a quiet moment at once, then every 80 ms.
"""

from .allowance import Allowance
from .purse import Account, Purse
from .run import run_turn
from .ticket import Asked, Ticket
from .values import Asker, Attempt, Journal, Keeper, Means, Patience, Phase, Turn

__all__ = [
    "Account",
    "Allowance",
    "Asked",
    "Asker",
    "Attempt",
    "Journal",
    "Keeper",
    "Means",
    "Patience",
    "Phase",
    "Purse",
    "Ticket",
    "Turn",
    "run_turn",
]
