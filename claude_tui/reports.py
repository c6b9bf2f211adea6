"""Commands without a screen: the list, a search, a conversation, export and import, the doctor."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .core.text import clean, clean_line
from .errors import ConfigError, StoreError
from .files import as_json
from .naming import find
from .paths import Paths, make_private
from .store import Store

if TYPE_CHECKING:
    from argparse import Namespace

    from .store import Summary, Sums, SumsBy


def _store(options: Namespace) -> Store:
    """Only the store: what reads needs neither key nor server."""
    paths = Paths.default(demo=options.demo)
    make_private(paths.data_dir, StoreError)
    store = Store.open(paths.database)
    for notice in store.notices:
        print(f"claude-tui: {clean(notice)}", file=sys.stderr)
    return store


def _list(options: Namespace) -> int:
    store = _store(options)
    try:
        rows = store.recent(options.limit, shelf="archived" if options.archived else "open").result()
    finally:
        store.close()
    _print_rows(rows, options.json)
    return 0


def _print_rows(rows: Sequence[Summary], json: bool) -> None:
    if json:
        print(as_json([_fields(row) for row in rows], sys.stdout, indent=2))
        return
    for row in rows:
        mark = "…" if row.interrupted else " "
        print(f"{row.id}  {mark} {_when(row.updated_at)}  {clean_line(row.title, 70) or '(untitled)'}")


def _search(options: Namespace) -> int:
    store = _store(options)
    try:
        hits = store.search(" ".join(options.query), options.limit).result()
    finally:
        store.close()
    if options.json:
        print(as_json([_fields(hit) for hit in hits], sys.stdout, indent=2))
    else:
        for hit in hits:
            title = clean_line(hit.title, 40) or "(untitled)"
            print(f"{hit.conversation_id}  {title} · {hit.kind}\n    {clean_line(hit.snippet, 160)}")
    return 0 if hits else 1


def _show(options: Namespace) -> int:
    from .core.view import exchanges
    from .exchange import to_markdown

    store = _store(options)
    try:
        conversation = find(store, options.id)
    finally:
        store.close()
    if options.json:
        from .exchange import to_json

        print(as_json(to_json(conversation), sys.stdout, indent=2))
        return 0
    if options.last_reply:
        answered = [each for each in exchanges(conversation.path()) if each.nodes]
        text = answered[-1].text if answered else ""
    else:
        text = to_markdown(conversation, thinking=options.thinking, tools=options.with_tools)
    _write(text)
    return 0


def _write(text: str) -> None:
    """To stdout: cleaned for a terminal, unaltered for anything else."""
    terminal = sys.stdout.isatty()
    sys.stdout.write(clean(text) if terminal else text)
    if terminal and not text.endswith("\n"):
        sys.stdout.write("\n")
    sys.stdout.flush()


def _export(options: Namespace) -> int:
    from .porting import export

    store = _store(options)
    try:
        return export(options, store, find)
    finally:
        store.close()


def _import(options: Namespace) -> int:
    from .porting import take

    store = _store(options)
    try:
        return take(options, store)
    finally:
        store.close()


def _trash(options: Namespace) -> int:
    store = _store(options)
    try:
        if options.do == "list":
            _print_rows(store.trashed(options.limit).result(), options.json)
            return 0
        if options.do == "restore" and not options.id:
            raise ConfigError("Which? claude-tui trash restore ID; claude-tui trash lists them.")
        ids = _in_trash(store, options.id) if options.id else None
        if options.do == "restore":
            assert ids is not None
            store.restore(ids[0]).result()
            said = {"restored": ids}
        else:
            # What another window trashes while somebody thinks about the question is not what they were asked about.
            ids = ids or [row.id for row in store.trashed(store.count("trash").result()).result()]
            if ids and not options.yes and not _agreed(len(ids)):
                raise StoreError("Nothing was deleted; --yes deletes without asking.")
            deleted = store.purge(*ids).result() if ids else 0
            said = {"deleted": deleted} | ({"left": len(ids) - deleted} if deleted < len(ids) else {})
            while store.sweep().result():
                pass
            if deleted:
                from .attachments.keeping import Contents

                Contents(Paths.default(demo=options.demo).attachments_dir).sweep(store.named_contents().result())
    finally:
        store.close(5)
    if options.json:
        print(as_json(said, sys.stdout, indent=2))
    elif "restored" in said:
        print(f"{ids[0] if ids else ''} is back.")
    else:
        left = f"; {said['left']} stayed, open in another window" if "left" in said else ""
        print(f"{said['deleted']} deleted for good{left}.")
    return 0


def _in_trash(store: Store, prefix: str) -> list[str]:
    ids = store.find(prefix, "trash").result()
    ids = [prefix] if prefix in ids else ids
    if len(ids) != 1:
        there = "more than one conversation" if ids else "no conversation"
        raise StoreError(f"There is {there} in the trash whose id begins with {prefix!r}.")
    return ids


def _agreed(count: int) -> bool:
    """Whether whoever sits there types yes; nobody does where there is no terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    what = "the conversation" if count == 1 else f"all {count:,} conversations"
    print(f"Delete {what} in the trash for good? Nothing brings it back. yes/no: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _doctor(options: Namespace) -> int:
    from .doctor import backup, examine, repair

    if options.backup is not None:
        findings = [backup(Path(options.backup).expanduser(), options.demo)]
    elif options.repair:
        findings = repair(options.demo)
    else:
        findings = examine(options.demo)
    if options.json:
        print(as_json([_fields(finding) for finding in findings], sys.stdout, indent=2))
    else:
        for finding in findings:
            print(f"{'ok ' if finding.good else '!! '} {finding.what}: {finding.sentence}")
    return 0 if all(finding.good for finding in findings) else 1


def _usage(options: Namespace) -> int:
    from datetime import date
    from shutil import get_terminal_size

    from . import accounts

    span = accounts.span_of(options.since, options.until, date.today())
    store = _store(options)
    try:
        wanted: list[SumsBy] = [options.by] if options.by else ["day"] if options.csv else list(accounts.BY)
        whole = accounts.joined(store.sums("all", span.since, span.until).result())
        parts: dict[SumsBy, list[Sums]] = {
            by: accounts.labelled(by, store.sums(by, span.since, span.until).result()) for by in wanted
        }
    finally:
        store.close()
    if options.csv:
        sys.stdout.write(accounts.as_csv(wanted[0], parts[wanted[0]]))
    elif options.json:
        told = {"total": accounts.fields(whole)}
        told |= {by: [accounts.fields(row) for row in rows] for by, rows in parts.items()}
        print(as_json(told, sys.stdout, indent=2))
    else:
        width = get_terminal_size((80, 24)).columns
        plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
        for line in accounts.report(whole, parts, width, limit=options.limit, plain=plain):
            print(line)
    return 0


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _when(ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(ms / 1000))


def _models(options: Namespace) -> int:
    """The models as they are known here: nothing is asked."""
    import os

    from .config import load_config
    from .core.catalogue import Catalogue, leaving
    from .core.pricing import price_on
    from .listing import load_listing, source_of
    from .session import today

    paths = Paths.default(demo=options.demo)
    listing = load_listing(paths.models_file, source_of(options.demo, os.environ))
    catalogue = Catalogue(listing.entries, load_config(paths.config_file)[0].models)
    day = today()
    rows: list[dict[str, Any]] = []
    for model in catalogue.models:
        price, after = price_on(model, day, 0), catalogue.successor(model, day)
        gone = leaving(model, day)
        rows.append(
            {
                "id": model.id,
                "name": model.name,
                "context": model.context,
                "max_output": model.max_output,
                "input_usd": None if price is None else str(price.input),
                "output_usd": None if price is None else str(price.output),
                "thinking": list(model.thinking),
                "efforts": list(model.efforts),
                "lifecycle": model.lifecycle,
                "retires": None if model.retires is None else model.retires.isoformat(),
                "leaving": gone,
                "successor": after.id if gone and after else None,
                "default": model.id == catalogue.default(day).id,
            }
        )
    if options.json:
        print(as_json(rows, sys.stdout, indent=2))
        return 0
    widest = max(len(row["id"]) for row in rows)
    for row in rows:
        cost = f"${row['input_usd']} in, ${row['output_usd']} out" if row["input_usd"] else "price unknown"
        said = [f"{row['context'] // 1000:,}k", cost, row["leaving"] or "", "the default" if row["default"] else ""]
        print(f"{clean_line(row['id']):<{widest}}  {clean_line(' · '.join(filter(None, said)))}")
    return 0


REPORTS: dict[str, Callable[[Namespace], int]] = {
    "list": _list,
    "search": _search,
    "show": _show,
    "export": _export,
    "import": _import,
    "trash": _trash,
    "usage": _usage,
    "models": _models,
    "doctor": _doctor,
}
"""By the name of the command."""
