"""What is pasted is parted from what is typed, however it comes in pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from claude_tui.ui.looks.cells import settled
from claude_tui.ui.terminal.pastes import END, START, Pastes

_PART = st.text(st.sampled_from("ab\x1b[2010~\r\x11]"), max_size=12)


def taken(pieces: list[str]) -> tuple[str, list[str]]:
    """What was typed, and the pastes."""
    pastes = Pastes()
    typed, pasted = "", list[str]()
    for piece in pieces:
        for text, is_paste in pastes.take(piece):
            if is_paste:
                pasted.append(text)
                typed += "|"
            else:
                typed += text
    return typed, [*pasted, pastes.give_up()] if pastes.open else pasted


@given(st.lists(_PART.filter(lambda text: START not in text and END not in text), max_size=5), st.integers(1, 9))
def test_pastes_are_whole_wherever_they_are_cut(texts: list[str], size: int) -> None:
    sent = "".join(f"k{START}{text}.{END}" for text in texts)
    cut = [sent[at : at + size] for at in range(0, len(sent), size)]
    typed, pasted = taken(cut)
    assert pasted == [f"{text}." for text in texts]
    # Of a mark that came in pieces the beginning was given out, and the parser forgets it.
    assert typed.replace("|", "").count("k") == len(texts) and not set(typed) - set("k|" + START)
    assert taken([sent]) == ("k|" * len(texts), pasted)


def test_a_mark_inside_a_paste_is_text() -> None:
    assert taken([f"a{START}one{END}\rtwo{START}three{END}b"]) == ("a|\rtwo|b", ["one", "three"])
    assert taken([f"{START}one{START}two{END}b"]) == ("|b", [f"one{START}two"])
    assert taken([f"{START}one{END}\rtwo{END}b"]) == ("|b", [f"one{END}\rtwo"])
    assert taken([f"{START}no end", " of it"]) == ("", ["no end of it"])


def test_letters_that_terminals_disagree_of_stand_in_their_cells() -> None:
    family = "👩\u200d👩\u200d👧"
    assert settled("plain ─ 你好 é \x1b[1m") == "plain ─ 你好 é \x1b[1m"
    assert settled(f"a{family}b") == f"a\x1b7  \x1b8{family}\x1b8\x1b[2Cb"
    assert settled("❤\ufe0f!") == "\x1b7  \x1b8❤\ufe0f\x1b8\x1b[2C!"
    assert settled("\x1b[31m\ufe0fx का") == "\x1b[31m\ufe0fx \x1b7  \x1b8का\x1b8\x1b[2C"
    assert settled("🇩🇪🇫🇷").count("\x1b7") == 2
