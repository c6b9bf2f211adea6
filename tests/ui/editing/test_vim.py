"""vi's keys: what stands there then, and where the cursor is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_tui.ui.editing.vim import Step, Vim

_KEY = re.compile(r"<(esc|c-r|cr|bs|left)>|(.)", re.DOTALL)
_NAMED = {"esc": "escape", "c-r": "ctrl+r", "cr": "enter", "bs": "backspace", "left": "left"}


class Editor:
    """A text under the machine; what it leaves to the editor is typed."""

    def __init__(self, marked: str, mark: str = "|") -> None:
        self.vim = Vim()
        self.text, self.cursor = marked.replace(mark, ""), marked.index(mark)
        self.chosen: tuple[int, int] | None = None
        self.left: list[str] = []
        at = self.cursor
        self.vim.begin(self.text, at)
        self.press("<esc>")
        self.cursor = at

    def press(self, keys: str) -> None:
        for named, character in _KEY.findall(keys):
            key = _NAMED.get(named, character)
            step = self.vim.feed(key, self.text, self.cursor)
            if step is not None:
                self.text, self.cursor, self.chosen = step.text, step.cursor, step.chosen
            elif len(key) == 1 and self.vim.mode == "insert":
                self.text = self.text[: self.cursor] + key + self.text[self.cursor :]
                self.cursor += 1
            elif key == "backspace" and self.vim.mode == "insert":
                self.text = self.text[: self.cursor - 1] + self.text[self.cursor :]
                self.cursor -= 1
            else:
                self.left.append(key)

    @property
    def marked(self) -> str:
        return f"{self.text[: self.cursor]}|{self.text[self.cursor :]}"


MOVES = [
    ("ab|c", "h", "a|bc"),
    ("a|bc", "5h", "|abc"),
    ("|abc", "l", "a|bc"),
    ("a|bc", "9l", "ab|c"),
    ("ab\n|cd", "h", "ab\n|cd"),
    ("a|b\ncd", "l", "a|b\ncd"),
    ("ab|c\nd\nefg", "j", "abc\n|d\nefg"),
    ("ab|c\nd\nefg", "jj", "abc\nd\nef|g"),
    ("abc\nd\n|efg", "2k", "|abc\nd\nefg"),
    ("a|bc\nde", "$j", "abc\nd|e"),
    ("|one two", "w", "one |two"),
    ("|one.two", "w", "one|.two"),
    ("|one.two three", "W", "one.two |three"),
    ("|a b c d", "3w", "a b c |d"),
    ("|a\n\nb", "w", "a\n|\nb"),
    ("a\n|\nb", "w", "a\n\n|b"),
    ("one |two", "w", "one tw|o"),
    ("one t|wo", "b", "one |two"),
    ("one |two", "b", "|one two"),
    ("one.two thr|ee", "2B", "|one.two three"),
    ("a\n\n|b", "b", "a\n|\nb"),
    ("|one two", "e", "on|e two"),
    ("on|e two", "e", "one tw|o"),
    ("|one.two three", "E", "one.tw|o three"),
    ("|one two three", "2e", "one tw|o three"),
    ("one t|wo", "ge", "on|e two"),
    ("  ab|c", "0", "|  abc"),
    ("  ab|c", "^", "  |abc"),
    ("|  abc\nd", "$", "  ab|c\nd"),
    ("|abc\nde", "2$", "abc\nd|e"),
    ("a\n  b\nc|d", "gg", "|a\n  b\ncd"),
    ("a\n  b\nc|d", "2gg", "a\n  |b\ncd"),
    ("|a\n  b\n  cd", "G", "a\n  b\n  |cd"),
    ("|a\n  b\n  cd", "2G", "a\n  |b\n  cd"),
    ("|a,b,c", "f,", "a|,b,c"),
    ("|a,b,c", "2f,", "a,b|,c"),
    ("|a,b,c", "f;", "|a,b,c"),
    ("a,b,|c", "F,", "a,b|,c"),
    ("|ab,c", "t,", "a|b,c"),
    ("a,bc|d", "T,", "a,|bcd"),
    ("|a,b,c,d", "f,;;", "a,b,c|,d"),
    ("|a,b,c,d", "f,;;,", "a,b|,c,d"),
    ("|a,b,c,d", "t,;", "a,|b,c,d"),
    ("|(a [b] c)", "%", "(a [b] c|)"),
    ("x |y (a) z", "%", "x y (a|) z"),
    ("a\nb\n\nc|d\n\ne", "{", "a\nb\n|\ncd\n\ne"),
    ("|a\nb\n\nc\n\ne", "}", "a\nb\n|\nc\n\ne"),
    ("|a\nb\n\nc\n\ne", "2}", "a\nb\n\nc\n|\ne"),
]
OPERATORS = [
    ("|one two", "dw", "|two"),
    ("one |two\nthree", "dw", "one| \nthree"),
    ("|one two three", "2dw", "|three"),
    ("|one two three four", "d3w", "|four"),
    ("|a b c d e f g", "2d3w", "|g"),
    ("one t|wo", "db", "one |wo"),
    ("|one two", "de", "| two"),
    ("one |two three", "d$", "one| "),
    ("one |two three", "D", "one| "),
    ("one |two", "d0", "|two"),
    ("a\n|b\nc", "dd", "a\n|c"),
    ("a\nb\n|c", "dd", "a\n|b"),
    ("|a\nb\nc\nd", "3dd", "|d"),
    ("|a\nb\nc\nd", "dj", "|c\nd"),
    ("a\nb|\nc", "dk", "|c"),
    ("a\n|b\nc", "dG", "|a"),
    ("a\nb\n|c", "dgg", "|"),
    ("|one", "dd", "|"),
    ("|a,b,c", "df,", "|b,c"),
    ("|a,b,c", "dt,", "|,b,c"),
    ("ab,c|d", "dF,", "ab|d"),
    ("x |(a b) c", "d%", "x | c"),
    ("a\n|b\nc\n\nd", "d}", "a\n|\nd"),
    ("|one two", "cwxy<esc>", "x|y two"),
    ("o|ne two three", "c2wx<esc>", "o|x three"),
    ("one |x two", "cwy<esc>", "one |y two"),
    ("  o|ne\ntwo", "ccx<esc>", "|x\ntwo"),
    ("one |two", "Cx<esc>", "one |x"),
    ("|abc", "sxy<esc>", "x|ybc"),
    ("a|b\nc", "Sx<esc>", "|x\nc"),
    ("|one two", "ywP", "one| one two"),
    ("|a\nb", "yyp", "a\n|a\nb"),
    ("a\n|b", "yyP", "a\n|b\nb"),
    ("|a\nb", "Yjp", "a\nb\n|a"),
    ("|a\nb", "2yyjp", "a\nb\n|a\nb"),
    ("a |b c", "y$P", "a b |cb c"),
    ("a\n|b", ">>", "a\n    |b"),
    ("|a\n\nb", "3>>", "    |a\n\n    b"),
    ("      |a", "<<", "  |a"),
    ("  |a\n\tb", "<j", "|a\nb"),
    ("|one Two", "gUw", "|ONE Two"),
    ("one T|WO", "guu", "|one two"),
    ("|oNe", "g~~", "|OnE"),
]
OBJECTS = [
    ("one t|wo three", "diw", "one | three"),
    ("one t|wo three", "daw", "one |three"),
    ("one t|wo", "daw", "on|e"),
    ("one  | two", "diw", "one|two"),
    ("|a b c", "2daw", "|c"),
    ("x.y-|z w", "diW", "| w"),
    ('say "a b|c" now', 'di"', 'say "|" now'),
    ('say "a b|c" now', 'da"', "say |now"),
    ('|say "abc" now', 'ci"x<esc>', 'say "|x" now'),
    (r'"a \"|b" c', 'di"', '"|" c'),
    ("it's '|x'", "di'", "it's '|x'"),
    ("f(a, |b)", "di(", "f(|)"),
    ("f(a, |b)", "da)", "|f"),
    ("f(a, (|b))", "2dib", "f(|)"),
    ("f[|a]", "ci]x<esc>", "f[|x]"),
    ("{a\n|b}", "diB", "{|}"),
    ("<|a>", "di<", "<|>"),
    ("a |b", "di(", "a |b"),
    ("a\n\nb\n|c\n\nd", "dip", "a\n\n|\nd"),
    ("a\n\nb\n|c\n\nd", "dap", "a\n\n|d"),
    ("a\n\n|b", "dap", "|a"),
    ("one t|wo", "yiwP", "one tw|otwo"),
]
CHANGES = [
    ("|abc", "x", "|bc"),
    ("ab|c", "x", "a|b"),
    ("|abcd", "3x", "|d"),
    ("ab|c", "X", "a|c"),
    ("|", "x", "|"),
    ("|abc", "rx", "|xbc"),
    ("|abc", "2rx", "x|xc"),
    ("|abc", "4rx", "|abc"),
    ("a|bc", "r<cr>", "a\n|c"),
    ("|abC", "3~", "AB|c"),
    ("|a\n  b", "J", "a| b"),
    ("|a\nb\nc\nd", "3J", "a b| c\nd"),
    ("|f(\n)", "J", "f(|)"),
    ("|ab", "xp", "b|a"),
    ("|ab", "x3p", "baa|a"),
    ("|a\nb", "ddp", "b\n|a"),
    ("|one two", "dwwP", "twone| o"),
    ("a|b", "ix<esc>", "a|xb"),
    ("a|b", "ax<esc>", "ab|x"),
    ("  a|b", "Ix<esc>", "  |xab"),
    ("|ab", "Ax<esc>", "ab|x"),
    ("|a\nb", "ox<esc>", "a\n|x\nb"),
    ("a\n|b", "Ox<esc>", "a\n|x\nb"),
    ("|b", "3ia<esc>", "aa|ab"),
    ("|a", "2ox<esc>", "a\nx\n|x"),
    ("|abcd", "Rxy<esc>", "x|ycd"),
    ("|ab", "Rxyz<bs><bs>w<esc>", "x|w"),
    ("|one two", "i<esc>", "|one two"),
]
AGAIN = [
    ("|one two three", "dw.", "|three"),
    ("|a b c d", "dw2.", "|d"),
    ("|abcdef", "2x.", "|ef"),
    ("|abcdef", "x3.", "|ef"),
    ("|a b", "cwx<esc>w.", "x |x"),
    ("|a\nb", "A!<esc>j.", "a!\nb|!"),
    ("|a", "ox<esc>.", "a\nx\n|x"),
    ("|ab cd", "Rx<esc>w.", "xb |xd"),
    ("|abc", "rxl.", "x|xc"),
    ("|a\nb\nc", ">>j.", "    a\n    |b\nc"),
    ("(|a) (b)", "ci(x<esc>f(.", "(x) (|x)"),
    ("|abcd", "vld.", "|"),
    ("|a\nb\nc\nd", "Vjd.", "|"),
    ("|one two", "dwu", "|one two"),
    ("|one two", "dwu<c-r>", "|two"),
    ("|abc", "xxxuu", "|bc"),
    ("|abc", "xxx2u<c-r>", "|c"),
    ("|a", "Abc<bs>d<esc>u", "|a"),
    ("|a", "ob<esc>u", "|a"),
    ("|one two", "cwxyz<esc>u", "|one two"),
    ("|abc", "u", "|abc"),
    ("|abc", "xu.", "|bc"),
]
CHOSEN = [
    ("|abcd", "vld", "|cd"),
    ("abc|d", "vhd", "a|b"),
    ("|one two", "ved", "| two"),
    ("|one two", "wvbd", "|wo"),
    ("|abcd", "vlcx<esc>", "|xcd"),
    ("a|bcd", "vly$p", "abcdb|c"),
    ("a\n|b\nc", "Vd", "a\n|c"),
    ("|a\nb\nc", "Vjd", "|c"),
    ("|a\nb\nc", "VjcX<esc>", "|X\nc"),
    ("|a\nb\nc", "Vj>", "    |a\n    b\nc"),
    ("|a\nb\nc", "VGJ", "a b| c"),
    ("|abc", "vl~", "|ABc"),
    ("|abc", "vlU", "|ABc"),
    ("|ABC", "Vu", "|abc"),
    ("|abc", "vlrx", "|xxc"),
    ("ab|cd", "vlohd", "|a"),
    ("one t|wo x", "viwd", "one | x"),
    ("f(a|b)", "vi(d", "f(|)"),
    ("a\nb|b\n\nc", "vipd", "|\nc"),
    ("|ab cd", "yiwwviwp", "ab a|b"),
    ("|abc", "vl<esc>x", "a|c"),
    ("|abc", "vVd", "|"),
    ("|abc", "vvd", "|abc"),
    ("|a\nb", "vjD", "|"),
    ("a|bc", "v$d", "|a"),
]
NOTHING = [
    ("a|bc", "d<esc>", "a|bc"),
    ("a|bc", "2d<esc>x", "a|c"),
    ("a|bc", "dz", "a|bc"),
    ("a|bc", "zQ&", "a|bc"),
    ("a|bc", "dfz", "a|bc"),
    ("a|bc", "p", "a|bc"),
    ("a|bc", ".", "a|bc"),
    ("a|bc", "2f", "a|bc"),
    ("|a", "k", "|a"),
]
TABLE = [*MOVES, *OPERATORS, *OBJECTS, *CHANGES, *AGAIN, *CHOSEN, *NOTHING]


@pytest.mark.parametrize(("before", "keys", "after"), TABLE)
def test_keys(before: str, keys: str, after: str) -> None:
    editor = Editor(before)
    editor.press(keys)
    assert editor.marked == after


def test_the_table_is_long() -> None:
    assert len(TABLE) >= 120
    assert len({(before, keys) for before, keys, _ in TABLE}) == len(TABLE)


def test_what_is_not_vis_is_left_to_the_app() -> None:
    editor = Editor("a|b")
    editor.press("<esc><cr>i<cr>")
    assert editor.left == ["escape", "enter", "enter"]
    editor.press("<esc>d<esc>v<esc>")
    assert editor.left == ["escape", "enter", "enter"]


def test_where_there_is_no_line_what_was_sent_may_be_wanted() -> None:
    editor = Editor("a|b")
    assert [step.leads for key in "kjl" if isinstance(step := editor.vim.feed(key, "ab", editor.cursor), Step)] == [
        -1,
        1,
        0,
    ]


def test_what_is_chosen_is_shown_with_both_ends() -> None:
    editor = Editor("ab|cd\nef")
    editor.press("vh")
    assert editor.chosen == (3, 1)
    editor.press("ll")
    assert editor.chosen == (2, 3)
    editor.press("V")
    assert editor.chosen == (0, 4)
    editor.press("j")
    assert editor.chosen == (0, 7)


def test_a_text_that_came_from_elsewhere_can_be_taken_back() -> None:
    editor = Editor("|ab")
    editor.press("x")
    editor.text, editor.cursor = "pasted b", 7
    editor.press("xu")
    assert editor.text == "pasted b"
    editor.press("u")
    assert editor.text == "b"


_KEYS = st.lists(
    st.sampled_from(["gg", "gu", "<esc>", "<c-r>", "<bs>",
                     *"hjklwbeWBE0^$G{}%;,fFtTdcyx><XsSDCYpPrJuRoOaAiIvV.~123(\"wp \n"]),
    max_size=25,
)  # fmt: skip


@given(st.text('ab_ .("\n', max_size=20), _KEYS)
def test_no_keys_leave_the_text(text: str, keys: list[str]) -> None:
    editor = Editor(f"§{text}", mark="§")
    for key in keys:
        editor.press(key)
        assert 0 <= editor.cursor <= len(editor.text)
        assert editor.chosen is None or all(0 <= place <= len(editor.text) for place in editor.chosen)
    editor.press("<esc><esc>")
    end = editor.text.find("\n", editor.cursor)
    assert editor.cursor in (0, len(editor.text)) or editor.text[editor.cursor] != "\n" or (
        editor.text[editor.cursor - 1] == "\n"
    ), end  # fmt: skip
