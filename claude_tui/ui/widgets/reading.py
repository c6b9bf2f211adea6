"""How the reader wants to read, and what is known of what is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the words that are shown."""

    seam_notes: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """Why the text was cut and when it went on, by the id of the node that goes on."""
    waiting: str = ""
    """What the reply that is being written waits for."""
    timings: Mapping[str, int] = field(default_factory=dict[str, int])
    """Milliseconds by part key, and of tools that ran by the call's id."""
    variants: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    """Which answer is shown, and how many there are, by the id of a question that has several."""
    askings: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    """Which question is shown, and how many stand in its place, by the id of one of several."""
    origins: Mapping[str, str] = field(default_factory=dict[str, str])
    """Where a fork began, in words, by the id of the last message that was copied."""


@dataclass(slots=True)
class Reading:
    """How the reader wants to read: shared by all groups."""

    folds: dict[str, bool] = field(default_factory=dict[str, bool])
    """The reader's own choice by fold key: open or not. It wins over every default."""
    whole: set[str] = field(default_factory=set[str])
    """Fold keys of cards that are shown to their last line, however long they are."""
    timestamps: bool = False
    unfold_all: bool = False
    facts: Facts = Facts()

    def is_open(self, key: str, default: bool) -> bool:
        """Whether the card of that key is unfolded."""
        return self.folds.get(key, default or self.unfold_all)
