"""The list of models: asked of the API page by page, kept on the disk, and harmless whatever is in it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from claude_tui.api import Api, Endpoint
from claude_tui.api import client as api_room
from claude_tui.core.catalogue import Catalogue, read_listing
from claude_tui.demo import DemoServer
from claude_tui.demo.capabilities import MODELS
from claude_tui.errors import ApiError
from claude_tui.listing import LIMIT, Listing, load_listing, save_listing

LISTING = Listing(read_listing([{"id": "claude-opus-5-5", "display_name": "Opus"}]), 5)


def test_what_was_told_is_known_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "state" / "models.json"
    save_listing(path, "the API", LISTING)
    assert load_listing(path, "the API") == LISTING
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    assert load_listing(path, "another") == Listing()  # of another address it says nothing


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "5", '{"version": 1}', '{"version": 2, "source": "the API", "at": 5, "models": []}',
     '{"version": 1, "source": "the API", "at": "x", "models": []}', "[" * 100_000, "\x00", "x" * (LIMIT + 1),
     '{"version": 1, "source": "the API", "at": 99999999999999999999, "models": []}'],
)  # fmt: skip
def test_a_broken_file_is_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "models.json"
    assert load_listing(path, "the API") == Listing()
    path.write_text(text)
    assert load_listing(path, "the API") == Listing()
    path.unlink()
    path.mkdir()
    assert load_listing(path, "the API") == Listing()
    save_listing(path, "the API", LISTING)  # it cannot be kept, and that is no reason for anything
    assert path.is_dir()


def test_one_bad_entry_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    entries: list[Any] = [
        5,
        {"id": "\x1b[31m"},
        {"id": "fine", "max_tokens": "many", "lifecycle": 3, "capabilities": []},
    ]
    path.write_text(json.dumps({"version": 1, "source": "the API", "at": 5, "models": entries}))
    listing = load_listing(path, "the API")
    assert [entry["id"] for entry in listing.entries] == ["fine"]
    assert Catalogue(listing.entries).find("fine").max_output == 64_000


def test_the_whole_list_is_asked_for_with_what_has_retired() -> None:
    with DemoServer(pace=0) as server:
        api = Api(Endpoint(server.url, "demo"))
        assert [model["id"] for model in api.models()] == [model.id for model in MODELS]
        (asked,) = [one for one in server.requests if one.path.startswith("/v1/models")]
        assert "limit=1000" in asked.path and "retired" in asked.path
        api.close()


@contextmanager
def answering(*bodies: bytes) -> Iterator[tuple[str, list[str]]]:
    """A server that gives these answers, the last one for ever, and notes what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = bodies[min(len(asked), len(bodies) - 1)]
            asked.append(self.path)
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:  # it read no more
                pass

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def page(ids: list[str], more: bool) -> bytes:
    return json.dumps({"data": [{"id": id} for id in ids], "has_more": more, "last_id": ids[-1]}).encode()


def test_page_after_page_but_not_for_ever() -> None:
    with answering(page(["a", "b"], True), page(["c"], False)) as (url, asked):
        api = Api(Endpoint(url, "k"))
        assert [model["id"] for model in api.models()] == ["a", "b", "c"] and "after_id=b" in asked[1]
        api.close()
    with answering(page(["a"], True)) as (url, asked):
        api = Api(Endpoint(url, "k"))
        assert len(api.models()) == len(asked) == 10
        api.close()


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b'{"data": 5}', b"[" * 50_000, b'{"data": ["' + b"x" * 100_000]
)
def test_what_is_no_list_is_said_in_a_sentence(body: bytes, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_room, "_PAGE_BYTES", 50_000)
    with answering(body) as (url, _):
        api = Api(Endpoint(url, "k"))
        with pytest.raises(ApiError, match="no list of models"):
            api.models()
        api.close()
    assert not list(home.rglob("crash*"))
