"""What is loaded behind the screen waits for keys."""

from __future__ import annotations

import builtins
import gc
import sys
import threading
import time
from pathlib import Path

import pytest

from claude_tui import giving_way


def test_what_is_loaded_behind_the_screen_waits_until_keys_are_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("loaded_behind", "loaded_meanwhile"):
        (tmp_path / f"{name}.py").touch()
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    before, loaded = builtins.__import__, threading.Event()

    def load() -> None:
        with giving_way.loading():
            __import__("loaded_behind")
        loaded.set()

    monkeypatch.setattr(giving_way, "ANSWERED", 60.0)
    giving_way.key_came()
    behind = threading.Thread(target=load)
    behind.start()
    try:
        __import__("loaded_meanwhile")  # by others, while the one waits
        assert not loaded.wait(0.05) and "loaded_behind" not in sys.modules
    finally:
        monkeypatch.setattr(giving_way, "_until", 0.0)
        behind.join(20)
    assert loaded.is_set() and "loaded_behind" in sys.modules
    assert builtins.__import__ is before


def test_a_key_holds_loading_up_for_a_moment_only() -> None:
    giving_way.key_came()
    assert 0 < giving_way._until - time.monotonic() <= giving_way.ANSWERED
    giving_way.give_way()
    assert time.monotonic() >= giving_way._until


@pytest.mark.parametrize("collects", [True, False])
def test_the_garbage_collector_is_left_as_it_was(collects: bool) -> None:
    was = gc.isenabled()
    try:
        gc.enable() if collects else gc.disable()
        with giving_way.loading():
            assert not gc.isenabled()
        assert gc.isenabled() == collects
    finally:
        gc.enable() if was else gc.disable()
        gc.unfreeze()
