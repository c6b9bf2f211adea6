"""``claude-tui doctor``: what is there, what is missing, in one sentence each."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from . import __version__
from .api import check_base_url
from .config import load_config, load_state
from .errors import ClaudeTuiError, StoreError
from .files import printable
from .paths import Paths, make_private
from .redaction import redact
from .secrets import find_key, passed_over
from .session import sdk_has_credentials
from .store import Store, sqlite_version
from .theme_files import load_themes


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    good: bool
    sentence: str


def examine(demo: bool = False) -> list[Finding]:
    """Look at everything a start needs; never raises for what it finds."""
    return [*_versions(), *_files(demo), *_key(demo), *_address(demo), *_way(os.environ)]


def _versions() -> list[Finding]:
    parts = [f"claude-tui {__version__}", f"Python {sys.version.split()[0]}"]
    for package in ("textual", "anthropic"):
        try:
            parts.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            return [Finding("versions", False, f"The package {package} is not installed.")]
    return [Finding("versions", True, ", ".join([*parts, f"SQLite {sqlite_version()}"]))]


def repair(demo: bool = False) -> list[Finding]:
    """Mend what is wrong with the conversations, after a whole copy of them; what was done, and what is left."""
    paths = Paths.default(demo=demo)
    make_private(paths.data_dir, StoreError)
    store = Store.open(paths.database)
    found = [Finding("repair", True, sentence) for sentence in store.notices]
    try:
        wrong = store.check().result()
        if not wrong:
            return [*found, Finding("repair", True, "Nothing is wrong, so nothing was changed.")]
        copy = paths.database.with_name(f"{paths.database.stem}-before-repair-{time.strftime('%Y%m%d-%H%M%S')}.db")
        store.backup(copy).result()
        found.append(Finding("repair", True, f"A copy of all as it was is {copy}."))
        if any(sentence.startswith("The database") for sentence in wrong):
            # It is marked: what can be read goes into a new file when it is opened alone.
            store.close(5)
            store = Store.open(paths.database)
            found += [Finding("repair", True, sentence) for sentence in store.notices]
        found += [Finding("repair", True, sentence) for sentence in store.mend().result()]
        left = store.check().result()
    finally:
        store.close(5)
    return [*found, *(Finding("repair", False, sentence) for sentence in left)]


def backup(target: Path, demo: bool = False) -> Finding:
    """A whole copy of the conversations, by SQLite's own backup. Raises ``StoreError``."""
    paths = Paths.default(demo=demo)
    make_private(paths.data_dir, StoreError)
    store = Store.open(paths.database)
    try:
        store.backup(target).result()
    finally:
        store.close(5)
    return Finding("backup", True, f"{target} has all conversations as they are now.")


def _files(demo: bool) -> list[Finding]:
    found: list[Finding] = []
    try:
        paths = Paths.default(demo=demo)
    except ClaudeTuiError as error:
        return [Finding("folders", False, str(error))]
    config, problems = load_config(paths.config_file)
    _, more = load_state(paths.state_file)
    del config
    _, themes = load_themes(*paths.theme_folders())
    for what, wrong in (("config", problems), ("state", more), ("themes", themes)):
        found.extend(Finding(what, False, str(problem)) for problem in wrong)
        if not wrong:
            found.append(Finding(what, True, "nothing wrong"))
    try:
        make_private(paths.data_dir, StoreError)
        store = Store.open(paths.database)
    except ClaudeTuiError as error:
        return [*found, Finding("conversations", False, str(error))]
    try:
        wrong = [*store.notices, *store.check().result(60)]
        count = sum(store.count(shelf).result(60) for shelf in ("open", "archived"))
    except (ClaudeTuiError, TimeoutError) as error:
        wrong, count = [str(error) or "The check took too long."], 0
    finally:
        store.close()
    found.extend(Finding("conversations", False, sentence) for sentence in wrong)
    if not wrong:
        found.append(Finding("conversations", True, f"{count} in {paths.database}, all whole"))
    return found


def _key(demo: bool) -> list[Finding]:
    if demo:
        return [Finding("key", True, "none is needed for the demo")]
    try:
        paths = Paths.default()
        config = load_config(paths.config_file)[0]
        key = find_key(os.environ, config, paths)
    except ClaudeTuiError as error:
        return [Finding("key", False, redact(str(error)))]
    if key is not None:
        unused = passed_over(os.environ, config, paths)
        return [Finding("key", True, f"from {key.source}" + (f"; not from {' or '.join(unused)}" if unused else ""))]
    if sdk_has_credentials(os.environ):
        return [Finding("key", True, "none, but a profile of the SDK's")]
    return [Finding("key", False, "There is none: set ANTHROPIC_API_KEY, or start claude-tui to enter one.")]


def _address(demo: bool) -> list[Finding]:
    if demo:
        return [Finding("address", True, "this machine")]
    url = os.environ.get("ANTHROPIC_BASE_URL")
    if not url:
        return [Finding("address", True, "https://api.anthropic.com")]
    try:
        hosts = load_config(Paths.default().config_file)[0].http_hosts
    except ClaudeTuiError:
        hosts = ()  # said already
    problem = check_base_url(url, hosts)
    return [Finding("address", problem is None, problem or f"{redact(url)}, from ANTHROPIC_BASE_URL")]


_PROXIES = ("https_proxy", "http_proxy", "all_proxy", "no_proxy")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def _way(environ: Mapping[str, str]) -> list[Finding]:
    """What the environment puts between us and the API, or into every request."""
    found: list[Finding] = []
    for name in (spelling for lower in _PROXIES for spelling in (lower, lower.upper())):
        if value := environ.get(name):
            found.append(Finding("proxy", True, f"{_without_credentials(value)}, from {name}"))
    for name in _CERTIFICATES:
        if value := environ.get(name):
            there = os.path.exists(value)  # noqa: PTH110 - it may be no path at all
            gone = "" if there else ", which is not there: no connection will be trusted"
            found.append(Finding("certificates", there, f"{printable(value, 200)}, from {name}{gone}"))
    for line in environ.get("ANTHROPIC_CUSTOM_HEADERS", "").split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            # The value may be a key of its own.
            said = f"{printable(name.strip(), 80)} ({len(value.strip())} characters), from ANTHROPIC_CUSTOM_HEADERS"
            found.append(Finding("header", True, said))
    return found


def _without_credentials(value: str) -> str:
    """A proxy's address without the name and the password in it."""
    before, at, rest = value.rpartition("@")
    scheme = re.match("[a-z0-9]+://", before)
    return printable(redact(f"{scheme[0] if scheme else ''}…@{rest}" if at else value), 200)
