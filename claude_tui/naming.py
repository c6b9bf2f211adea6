"""A conversation by what a person calls it: its id, the beginning of it, or ``last``."""

from __future__ import annotations

from .core.conversation import Conversation
from .errors import StoreError
from .store import Store


def find(store: Store, wanted: str) -> Conversation:
    """The conversation named by an id, the beginning of one, or ``last``."""
    return load(store, find_id(store, wanted))


def load(store: Store, conversation_id: str) -> Conversation:
    """The conversation with that id."""
    conversation = store.load(conversation_id).result()
    if conversation is None:
        raise StoreError(f"The conversation {conversation_id} cannot be read.")
    return conversation


def find_id(store: Store, wanted: str) -> str:
    """The id of the conversation named by an id, the beginning of one, or ``last``."""
    if wanted == "last":
        found = store.latest().result()
        if found is None:
            raise StoreError("There is no conversation yet.")
        return found
    ids = store.find(wanted).result()
    if wanted in ids:
        return wanted
    if len(ids) != 1:
        there = "more than one conversation whose id begins" if ids else "no conversation whose id begins"
        raise StoreError(f"There is {there} with {wanted!r}; claude-tui list shows them.")
    return ids[0]
