"""The only room that knows SQLite: conversations, journals, drafts, search and the ledger."""

from .database import sqlite_version
from .journal import Journal
from .lease import Lease
from .store import Store
from .values import Exactness, Hit, HitKind, Recovered, Spend, Summary

__all__ = [
    "Exactness",
    "Hit",
    "HitKind",
    "Journal",
    "Lease",
    "Recovered",
    "Spend",
    "Store",
    "Summary",
    "sqlite_version",
]
