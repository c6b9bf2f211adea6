"""Loaded at the start of a process under test, never by the program: provokes a crash, and listens.

Python loads it by its name where this folder is on the path; a fork of the loaded program imports it.

``PROVOKE`` names places, ``module:function@n#how`` divided by blanks: at its n-th call the function raises,
or does what ``how`` says. ``module:!`` raises while the module is imported. ``LISTEN`` names a file into
which goes every connection, every name looked up, and every file opened or listed; and the umask is 0.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import sys
import threading
from importlib.machinery import PathFinder
from pathlib import Path

WORDS = os.environ.pop("PROVOKE_WORDS", "")
"""What the exception says: the key, and what was said."""
HIT = os.environ.pop("PROVOKE_HIT", "")
"""A file to which the place is written when it was reached."""


class Provoked(RuntimeError):
    pass


def provoke():
    said = WORDS  # a local that must not be told
    try:
        raise KeyError(said)
    except KeyError as error:
        raise Provoked(f"with {said}") from error


class Falls:
    def __del__(self):
        provoke()


def act(how, place):
    with Path(HIT).open("a") as file:
        file.write(place + "\n")
    if how == "raise":
        provoke()
    elif how == "callback":
        asyncio.get_running_loop().call_soon(provoke)
    elif how == "task":

        async def fails():
            provoke()

        asyncio.get_running_loop().create_task(fails())
    elif how == "thread":
        threading.Thread(target=provoke, name="helper " + WORDS).start()
    elif how == "unraisable":
        Falls()
    elif how == "group":
        raise ExceptionGroup(WORDS, [SystemError(WORDS), ValueError(WORDS)])
    else:
        os.kill(os.getpid(), getattr(signal, how))


def wrapped(function, at, how, place):
    calls = 0
    lock = threading.Lock()

    def stands_in(*args, **more):
        nonlocal calls
        with lock:
            calls += 1
            now = calls == at
        if now:
            act(how, place)
        return function(*args, **more)

    return stands_in


def patch(module, place):
    """Make the function the one that crashes, also where somebody took it out of its module already."""
    rest, _, how = place.partition(":")[2].partition("#")
    path, _, at = rest.partition("@")
    *owners, last = path.split(".")
    owner = module
    for each in owners:
        owner = getattr(owner, each)
    kind, old = owner.__dict__.get(last), getattr(owner, last)
    new = wrapped(old, int(at or 1), how or "raise", place)
    if owners:
        setattr(owner, last, staticmethod(new) if isinstance(kind, (classmethod, staticmethod)) else new)
        return
    for other in [one for name, one in sys.modules.items() if name.startswith("claude_tui")]:
        for name in [name for name, value in vars(other).items() if value is old]:
            setattr(other, name, new)
    setattr(module, last, new)


class Finder:
    """Patches a module as soon as it is there, before anybody takes a name out of it."""

    def __init__(self, places):
        self.places = places

    def find_spec(self, name, path=None, target=None):
        wanted = [place for place in self.places if place.partition(":")[0] == name]
        spec = PathFinder.find_spec(name, path) if wanted else None
        if spec is None:
            return None
        run = spec.loader.exec_module

        def exec_module(module):
            for place in wanted:
                if place.endswith(":!"):
                    act("raise", place)
            run(module)
            for place in wanted:
                patch(module, place)

        spec.loader.exec_module = exec_module
        return spec


def provoke_at(places):
    sys.meta_path.insert(0, Finder(places))
    for place in places:
        name = place.partition(":")[0]
        if name not in sys.modules:
            continue
        if place.endswith(":!"):
            del sys.modules[name]  # to be imported once more
        else:
            patch(sys.modules[name], place)


def listen(path):
    out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    telling = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg"}
    files = {"open", "os.listdir", "os.scandir"}

    def hook(event, args):
        if event in telling:
            said = args[1] if event in ("socket.connect", "socket.sendto", "socket.sendmsg") else args[:2]
        elif event in files and isinstance(args[0], (str, bytes)):
            said = str(Path.cwd() / os.fsdecode(args[0]))
        else:
            return
        os.write(out, f"{event}\t{said!r}\n".encode("utf-8", "replace"))

    os.umask(0)
    sys.addaudithook(hook)


if place_names := os.environ.pop("PROVOKE", ""):
    provoke_at(place_names.split())
if listened := os.environ.get("LISTEN"):
    listen(listened)
if os.environ.get("PYTHONFAULTHANDLER"):
    faulthandler.enable()
