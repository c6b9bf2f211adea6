"""The only room that knows SQLite: conversations, journals, drafts, search and the ledger."""

from .database import sqlite_version
from .importing import Parcel, Taken, parcel
from .journal import Journal
from .lease import Lease
from .store import Store
from .values import Draft, Exactness, Hit, HitKind, Recovered, Shelf, Spend, Summary

__all__ = [
    "Draft",
    "Exactness",
    "Hit",
    "HitKind",
    "Journal",
    "Lease",
    "Parcel",
    "Recovered",
    "Shelf",
    "Spend",
    "Store",
    "Summary",
    "Taken",
    "parcel",
    "sqlite_version",
]
