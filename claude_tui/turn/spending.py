"""What the ledger is told of a request: what it cost, and what its cache saved."""

from __future__ import annotations

from datetime import UTC, date, datetime

from ..core.message import Usage
from ..core.models import Model
from ..core.pricing import Cost, Life, bill
from ..store import Spend
from ..store.values import SpendKind


def day_of(ms: int) -> date:
    """The day whose prices hold at a moment, in milliseconds since 1970."""
    return datetime.fromtimestamp(ms / 1000, UTC).date()


def spend_of(
    conversation_id: str,
    node_id: str,
    usage: Usage,
    cost: Cost,
    model: Model,
    at: int,
    *,
    life: Life = "5m",
    kind: SpendKind = "reply",
) -> Spend:
    """The entry of a request that cost that much."""
    saved = bill(usage, model, day_of(at), life=life).saved
    return Spend(
        at,
        conversation_id,
        node_id,
        model.id,
        usage.counts,
        None if cost.dollars is None else str(cost.dollars),
        cost.exactness,
        kind,
        None if saved is None else str(saved),
    )
