"""The only room that knows SQLite: conversations, journals, drafts, search and the ledger."""

from .database import sqlite_version
from .importing import Parcel, Taken, parcel
from .journal import Journal
from .lease import Lease
from .store import Store
from .values import (
    Bound,
    Claim,
    Draft,
    Exactness,
    Given,
    Hit,
    HitKind,
    Recovered,
    Release,
    Shelf,
    Spend,
    Summary,
    Sums,
    SumsBy,
)
from .windows import Follower, Holder, Seen

__all__ = [
    "Bound",
    "Claim",
    "Draft",
    "Exactness",
    "Follower",
    "Given",
    "Hit",
    "HitKind",
    "Holder",
    "Journal",
    "Lease",
    "Parcel",
    "Recovered",
    "Release",
    "Seen",
    "Shelf",
    "Spend",
    "Store",
    "Summary",
    "Sums",
    "SumsBy",
    "Taken",
    "parcel",
    "sqlite_version",
]
