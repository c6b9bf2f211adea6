"""A large array is read item by item, and what is no JSON is told as the whole-file parser would tell it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_tui.exchange import json_stream
from claude_tui.exchange.json_stream import Damaged, items
from tests.exchange.trees import JSON

SPACE = st.text(" \t\r\n", max_size=3)


class Slow(io.BytesIO):
    """Gives a few bytes at a time."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        super().__init__(data)
        self._sizes = sizes
        self._turn = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self._turn += 1
        return super().read(min(size or 1, self._sizes[self._turn % len(self._sizes)]))


def read(data: bytes) -> list[Any]:
    return list(items(io.BytesIO(data)))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(JSON, max_size=5), SPACE, st.booleans(), st.lists(st.integers(1, 9), min_size=1, max_size=5), st.booleans()
)
def test_the_items_are_those_of_the_whole(
    value: list[Any], space: str, escaped: bool, sizes: list[int], mark: bool
) -> None:
    text = space + json.dumps(value, ensure_ascii=escaped, indent=len(space) or None) + space
    data = (b"\xef\xbb\xbf" if mark else b"") + text.encode("utf-8", "replace")
    before = json_stream.CHUNK
    json_stream.CHUNK = sizes[0]
    try:
        assert list(items(Slow(data, sizes))) == json.loads(data.decode("utf-8-sig"))
    finally:
        json_stream.CHUNK = before


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(st.text("ab\u00e9\U0001f600", max_size=3), JSON), min_size=1, max_size=3), st.data())
def test_a_cut_or_changed_file_is_told_or_says_what_json_says(value: list[Any], data: st.DataObject) -> None:
    text = json.dumps(value).encode()
    at = data.draw(st.integers(0, len(text) - 1))
    broken = (
        text[:at] if data.draw(st.booleans()) else text[:at] + bytes([data.draw(st.integers(0, 255))]) + text[at + 1 :]
    )
    try:
        found = read(broken)
    except Damaged as error:
        assert str(error) and "\n" not in str(error)
    else:
        whole = json.loads(broken.decode("utf-8-sig"))
        assert found == whole if isinstance(whole, list) else found == [whole]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is empty"),
        (b" \n ", "it is empty"),
        (b"[", "ends in the middle"),
        (b'[{"a": 1}', "ends in the middle"),
        (b'[{"a": 1},', "ends in the middle"),
        (b'[{"a": "x', "ends in the middle"),
        (b'[{"a": 1} {"b": 2}]', "no comma"),
        (b'[{"a": 1}] x', "something follows"),
        (b'{"a": 1} x', "something follows"),
        (b"[{'a': 1}" + b" " * 100 + b"]", "expecting property name"),
        (b'[{"a": NaN}]', "NaN is no JSON"),
        (b'[{"a": -Infinity}]', "-Infinity is no JSON"),
        (b'[{"a": 1, "a": 2}]', "the same name twice"),
        (b'["\xff"]', "not UTF-8"),
        ('["x"]'.encode("utf-16"), "not UTF-8"),
        (b"[" * 200_000, "nested too deeply"),
        (b'[{"a": ' * 100_000, "nested too deeply"),
        (b"[" + b"1" * 10_000 + b"]", "too long"),
    ],
)
def test_what_is_no_json(data: bytes, said: str) -> None:
    with pytest.raises(Damaged, match=said):
        read(data)


def test_an_item_larger_than_any_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "LARGEST", 1_000_000)
    with pytest.raises(Damaged, match="larger than 1 MB"):
        read(b'["' + b"x" * 4_000_000)
    assert read(b'["' + b"x" * 400_000 + b'"]')


def test_a_large_item_is_not_parsed_again_for_each_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "CHUNK", 1_000)
    tries = 0
    real = json.JSONDecoder.raw_decode

    def counted(self: json.JSONDecoder, *given: Any) -> Any:
        nonlocal tries
        tries += 1
        return real(self, *given)

    monkeypatch.setattr(json.JSONDecoder, "raw_decode", counted)
    assert read(json.dumps([{"a": "x" * 2_000_000}]).encode())
    assert tries < 20
