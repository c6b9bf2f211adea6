"""A disk whose power can be cut, and that can refuse: what a process did to a folder, and what may be left of it."""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

SECTOR = 512
_HEAD = struct.Struct("<cQqqII")


@cache
def _library() -> Path | str:
    """The compiled listener, or why there is none."""
    if not sys.platform.startswith("linux"):
        return "the listener knows Linux only"
    compiler = shutil.which("cc")
    if compiler is None:
        return "there is no C compiler"
    target = Path(mkdtemp(prefix="disk-")) / "disk.so"
    source = Path(__file__).with_suffix(".c")
    done = subprocess.run(
        [compiler, "-O1", "-shared", "-fPIC", "-o", str(target), str(source), "-ldl", "-lpthread"],
        capture_output=True,
        text=True,
    )
    return target if done.returncode == 0 else f"the listener does not compile: {done.stderr[:200]}"


def listening(folder: Path, *, tape: Path | None = None, fault: str | None = None) -> dict[str, str]:
    """The environment of a process whose work in ``folder`` is written down, or refused as disk.c says.

    Skips the test where that cannot be.
    """
    library = _library()
    if isinstance(library, str):
        pytest.skip(library)
    more = {"LD_PRELOAD": str(library), "DISK_FOLDER": str(folder)}
    if tape is not None:
        more["DISK_TAPE"] = str(tape)
    if fault is not None:
        more["DISK_FAULT"] = fault
    return more


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that was done to the disk."""

    kind: str
    """O opened to write, W written, T cut or grown, S synced, D folder synced, U removed, R renamed, L linked."""
    file: int
    offset: int
    at: int
    """Nanoseconds of a monotonic clock."""
    name: str
    data: bytes


def acts(tape: Path, folder: Path) -> list[Act]:
    """What is on a tape, in order, with names inside the folder."""
    raw = tape.read_bytes()
    found: list[Act] = []
    place = 0
    prefix = len(os.fsencode(folder)) + 1
    while place < len(raw):
        kind, file, offset, at, name, data = _HEAD.unpack_from(raw, place)
        place += _HEAD.size
        called = os.fsdecode(raw[place : place + name][prefix:])
        place += name
        rest = raw[place : place + data]
        if kind in b"RL":  # the second name
            rest = rest[prefix:]
        found.append(Act(kind.decode(), file, offset, at, called, rest))
        place += data
    if not any(act.kind == "W" for act in found):
        pytest.skip("this Python's SQLite does not call a C library that can be listened to")
    return found


@dataclass(slots=True, eq=False)
class _File:
    safe: bytearray = field(default_factory=bytearray)
    """As it was when it was last synced."""
    loose: list[Act] = field(default_factory=list)
    """What was done since, each of which may or may not have reached the disk."""


class Disk:
    """The disk as the acts make it. What was synced stays; of the rest anything may be left."""

    def __init__(self) -> None:
        self._numbers: dict[int, _File] = {}
        self._safe_names: dict[str, _File] = {}
        self._loose_names: list[list[tuple[str, _File | None]]] = []

    def named(self, file: int) -> str:
        """What the file with this number is called; empty if it has no name any more."""
        wanted = self._numbers.get(file)
        return next((name for name, one in self._names().items() if one is wanted), "")

    def do(self, act: Act) -> None:
        """One act after the other."""
        match act.kind:
            case "O":
                names = self._names()
                if act.name not in names:
                    self._numbers[act.file] = _File()
                    self._loose_names.append([(act.name, self._numbers[act.file])])
                elif act.offset & os.O_TRUNC:
                    names[act.name].loose.append(Act("T", act.file, 0, act.at, "", b""))
            case "W" | "T":
                self._numbers[act.file].loose.append(act)
            case "S":
                file = self._numbers.get(act.file)
                if file is not None:
                    for one in file.loose:
                        _apply(file.safe, one)
                    file.loose.clear()
            case "D":
                for name, file in (each for change in self._loose_names for each in change):
                    if _folder(name) == act.name:
                        self._set(self._safe_names, name, file)
                self._loose_names = [
                    change for change in self._loose_names if any(_folder(name) != act.name for name, _ in change)
                ]
            case "U":
                self._loose_names.append([(act.name, None)])
            case "R" | "L":
                file = self._names().get(act.name)
                new = os.fsdecode(act.data)
                if file is not None:
                    self._loose_names.append([(new, file), *([(act.name, None)] if act.kind == "R" else [])])
            case _:
                raise AssertionError(act)

    def cut(self, chance: random.Random, target: Path) -> None:
        """What may be on the disk after the power went now, as files in ``target``."""
        names = dict(self._safe_names)
        in_order = chance.random() < 0.5  # as a file system with a journal keeps them, or any of them
        kept = chance.randrange(len(self._loose_names) + 1)
        for number, change in enumerate(self._loose_names):
            if number < kept if in_order else chance.random() < 0.5:
                for name, file in change:
                    self._set(names, name, file)
        share = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        tearing = chance.choice((0.0, 0.3))
        for name, file in names.items():
            data = bytearray(file.safe)
            for act in file.loose:
                if chance.random() < share:
                    for piece in _torn(act, chance) if chance.random() < tearing else (act,):
                        _apply(data, piece, chance)
            there = target / name
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(data)

    def _names(self) -> dict[str, _File]:
        names = dict(self._safe_names)
        for change in self._loose_names:
            for name, file in change:
                self._set(names, name, file)
        return names

    @staticmethod
    def _set(names: dict[str, _File], name: str, file: _File | None) -> None:
        if file is None:
            names.pop(name, None)
        else:
            names[name] = file


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _apply(data: bytearray, act: Act, chance: random.Random | None = None) -> None:
    if act.kind == "T":
        del data[act.offset :]
    if act.offset > len(data):
        hole = act.offset - len(data)  # nothing was synced there, so nothing says that it holds zeros
        data += chance.randbytes(hole) if chance is not None and chance.random() < 0.3 else bytes(hole)
    if act.kind == "W":
        data[act.offset : act.offset + len(act.data)] = act.data


def _torn(act: Act, chance: random.Random) -> list[Act]:
    """Some of the sectors of a write."""
    if act.kind != "W":
        return [act]
    pieces: list[Act] = []
    start, end = act.offset, act.offset + len(act.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        if chance.random() < 0.5:
            pieces.append(replace(act, offset=start, data=act.data[start - act.offset : stop - act.offset]))
        start = stop
    return pieces
