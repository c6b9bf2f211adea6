"""What stands for a large paste comes and goes, and the text is what it was."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from claude_tui.core.pasted import hashes, named, token, whole
from claude_tui.ui.editing.pasted import BEYOND, LARGE, LONGEST, Pasted, as_pasted, is_large, number

_ANY = st.text(st.sampled_from("ab\n\x1b\x9b/é\U00108000\U00108001\U0010fff0"), max_size=30)


@given(st.lists(_ANY, max_size=4), _ANY)
def test_whatever_comes_in_goes_out_as_it_was(pasted: list[str], text: str) -> None:
    chips = Pasted()
    for one in pasted:
        chips.add(one or "x")
    if chips.marks(text):
        return  # it is typed text already
    typed = chips.folded(text)
    assert chips.full(typed) == text
    assert chips.marks(text) or chips.full(chips.folded(text)) == text
    assert chips.stored(typed) == text, "nothing is kept beside it yet"


def test_a_paste_stands_where_it_stood_and_a_draft_names_it() -> None:
    chips = Pasted()
    one, two = chips.add("one " * LARGE), chips.add("two\x1b[2J")
    typed = f"Compare {one} with {two}, and {one} again"
    assert chips.marks(typed) == [one, two]
    assert chips.full(typed) == f"Compare {'one ' * LARGE} with two\x1b[2J, and {'one ' * LARGE} again"
    assert chips.folded(chips.full(typed)) == typed
    sha256 = hashlib.sha256(chips[one].text.encode()).hexdigest()
    chips[one].sha256 = sha256
    draft = chips.stored(typed)
    assert draft == f"Compare {token(sha256)} with two\x1b[2J, and {token(sha256)} again"
    assert hashes(draft) == [sha256, sha256] and named(draft).count("▪ pasted text") == 2
    kept = {sha256: chips[one].text.encode()}
    assert whole(draft, kept.get) == chips.full(typed)
    other = Pasted()
    other.read = kept.get
    assert other.full(other.folded(draft)) == chips.full(typed) and other.lost == 0
    other = Pasted()
    assert other.full(other.folded(draft)) == "Compare  with two\x1b[2J, and  again" and other.lost == 2


def test_what_is_large_and_what_comes_from_elsewhere() -> None:
    assert not is_large("x" * LARGE) and is_large("x" * (LARGE + 1)) and is_large("x\n" * 30) and is_large("a\x1bb")
    assert as_pasted("a\r\nb\rc\ud800") == "a\nb\nc?"
    chips = Pasted()
    assert chips.folded("x" * LONGEST) == "x" * LONGEST, "what one wrote in an editor stays a text"
    assert len(chips.folded("x" * (LONGEST + 1))) == 1
    assert [number(place) for place in (0, 19, 20)] == ["①", "⑳", BEYOND]


def test_what_was_opened_stays_open() -> None:
    chips = Pasted()
    mark = chips.add("some lines\n" * 40)
    chips[mark].opened = True
    assert chips.folded(f"look: {chips[mark].text}") == f"look: {chips[mark].text}"
    assert chips.full(mark) == chips[mark].text, "undo has it back"
    assert chips.add(chips[mark].text) == mark and not chips[mark].opened, "pasted again"
