"""What is said of a copy is true: of clipboards that take it, refuse it, hang, lie, or keep something else."""

from __future__ import annotations

import base64
import os
import resource
import stat
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from claude_tui.demo import Faithful
from claude_tui.store import Store
from claude_tui.ui.terminal.clipboards import LONGEST_ORDER, Clipboards, refuses, through_tmux, ways
from tests.support.driver import conversation_of, keep, person

pytestmark = pytest.mark.anyio

TEXT = "größe 東京\n\tdef f(): ␛[31m 'x' $HOME `id`\n"
TAKES = 'cat > "$KEPT"'
GIVES = 'cat "$KEPT"'
LIES = "cat > /dev/null"
HANGS = "sleep 60"


class Place:
    """A machine with these programs, each a script: the first word is its name, the first argument what it does."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.kept = folder / "kept"
        self.said = folder / "said"
        self.folder = folder / "state"
        self.sent: list[str] = []
        self.environ = {
            "PATH": f"{self.bin}:/usr/bin:/bin", "KEPT": str(self.kept), "SAID": str(self.said), "TERM": "xterm",
            "ANTHROPIC_API_KEY": "sk-secret", **more,
        }  # fmt: skip

    def program(self, name: str, does: str) -> None:
        path = self.bin / name
        path.write_text(f'#!/bin/sh\necho "$0 $*" >> "$SAID"; env >> "$SAID"\n{does}\n')
        path.chmod(0o755)

    def clipboards(self, seconds: float = 20.0, platform: str = "linux") -> Clipboards:
        return Clipboards(self.folder, lambda order: self.sent.append(order) is None, self.environ, seconds=seconds,
                          platform=platform)  # fmt: skip

    @property
    def file(self) -> Path:
        return self.folder / "copied.txt"


def xclip(takes: str = TAKES, gives: str = GIVES) -> str:
    return f'case "$*" in *-o*) {gives};; *) {takes};; esac'


@pytest.mark.parametrize(
    ("name", "programs", "environ", "platform"),
    [
        ("xclip", {"xclip": xclip()}, {"DISPLAY": ":0"}, "linux"),
        ("xsel", {"xsel": f'case "$*" in *--output*) {GIVES};; *) {TAKES};; esac'}, {"DISPLAY": ":0"}, "linux"),
        ("wl-copy", {"wl-copy": TAKES, "wl-paste": GIVES}, {"WAYLAND_DISPLAY": "w"}, "linux"),
        ("pbcopy", {"pbcopy": TAKES, "pbpaste": GIVES}, {}, "darwin"),
        (
            "clip.exe",
            {"clip.exe": "iconv -f UTF-16LE -t UTF-8 > $KEPT", "powershell.exe": "sed 's/$/\\r/' $KEPT"},
            {"WSL_DISTRO_NAME": "Debian"},
            "linux",
        ),
    ],
)
def test_a_program_that_has_it_is_named(
    tmp_path: Path, name: str, programs: dict[str, str], environ: dict[str, str], platform: str
) -> None:
    place = Place(tmp_path, **environ)
    for each, does in programs.items():
        place.program(each, does)
    copied = place.clipboards(platform=platform).copy(TEXT)
    assert (copied.known, copied.how) == ("seen", name)
    assert copied.sentence("the reply") == f"Copied with {name}: the reply."
    assert place.kept.read_text() == TEXT
    assert not place.sent and not place.file.exists()
    said = place.said.read_text()
    assert "größe" not in said, "the text is in no argument and in no environment"
    assert "sk-secret" not in said


FAILS: dict[str, str] = {
    "it fails": xclip("exit 1"),
    "it stores nothing": xclip(LIES, "exit 1"),
    "it stores nothing and says nothing": xclip(LIES, "exit 0"),
    "it stores something else": xclip(LIES, "echo something else"),
    "it stores half": xclip('head -c 10 > "$KEPT"'),
    "it stores more": xclip('(cat; head -c 5000 /dev/zero) > "$KEPT"'),
    "it reads nothing": xclip("exit 0", "exit 0"),
    "it hangs": xclip(HANGS),
    "it never ends what it says": xclip(TAKES, "yes"),
}


@pytest.mark.parametrize("does", FAILS.values(), ids=FAILS.keys())
def test_a_program_that_does_not_have_it_is_never_said_to(tmp_path: Path, does: str) -> None:
    place = Place(tmp_path, DISPLAY=":0")
    place.program("xclip", does)
    copied = place.clipboards(seconds=0.5 if does == FAILS["it hangs"] else 20).copy(TEXT)
    assert (copied.known, copied.failed) == ("sent", ("xclip",))
    assert "xclip did not take it" in copied.sentence("the reply") and "may refuse" in copied.sentence("the reply")
    (order,) = place.sent
    assert base64.b64decode(order.removeprefix("\x1b]52;c;").removesuffix("\x07")).decode() == TEXT


def test_a_program_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    place = Place(tmp_path, DISPLAY=":0")
    place.program("xclip", f"sleep 60 & echo $! > {tmp_path}/child; sleep 60")
    place.clipboards(seconds=0.5).copy(TEXT)
    child = int((tmp_path / "child").read_text())
    until = time.monotonic() + 20
    while _lives(child):
        assert time.monotonic() < until, "what it started lives on"
        time.sleep(0.01)


def _lives(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def test_one_that_stays_to_serve_the_clipboard_is_not_waited_for(tmp_path: Path) -> None:
    place = Place(tmp_path, DISPLAY=":0")
    place.program("xclip", xclip(f"{TAKES}; sleep 5 & exit 0"))
    assert place.clipboards().copy(TEXT).known == "seen"


@pytest.mark.parametrize("reads", ["", HANGS])
def test_one_that_cannot_be_asked_is_said_to_have_been_given_it(tmp_path: Path, reads: str) -> None:
    place = Place(tmp_path, WAYLAND_DISPLAY="w")
    place.program("wl-copy", TAKES)
    if reads:
        place.program("wl-paste", reads)
    copied = place.clipboards(seconds=0.5).copy(TEXT)
    assert (copied.known, copied.how) == ("given", "wl-copy")
    assert "could not be asked" in copied.sentence("the reply") and "Copied" not in copied.sentence("the reply")


def test_the_next_one_is_tried(tmp_path: Path) -> None:
    place = Place(tmp_path, DISPLAY=":0", WAYLAND_DISPLAY="w")
    place.program("wl-copy", LIES)
    place.program("wl-paste", "exit 1")
    place.program("xclip", xclip())
    copied = place.clipboards().copy(TEXT)
    assert (copied.known, copied.how, copied.failed) == ("seen", "xclip", ("wl-copy",))


TMUX = 'case "$1" in load-buffer) {takes};; show-buffer) {gives};; show-options) case "$*" in *set-clipboard*) echo {clip};; *) echo {passes};; esac;; esac'  # noqa: E501


@pytest.mark.parametrize(
    ("clip", "passes", "more"),
    [
        ("external", "off", "passes it on"),
        ("on", "on", "passes it on"),
        ("off", "off", "keeps it to itself"),
        ("off", "on", "sent to the terminal as well"),
    ],
)
def test_tmux_has_it_and_what_becomes_of_it_behind_that_is_said(
    tmp_path: Path, clip: str, passes: str, more: str
) -> None:
    place = Place(tmp_path, TMUX="/tmp/tmux/default,1,0")
    place.program("tmux", TMUX.format(takes=TAKES, gives=GIVES, clip=clip, passes=passes))
    copied = place.clipboards().copy(TEXT)
    assert (copied.known, copied.how) == ("seen", "tmux")
    assert more in copied.sentence("the reply")
    wrapped = [
        order for order in place.sent if order.startswith("\x1bPtmux;\x1b\x1b]52;c;") and order.endswith("\x1b\\")
    ]
    assert place.sent == wrapped and len(wrapped) == (more == "sent to the terminal as well")


def test_a_tmux_that_lies_is_not_believed(tmp_path: Path) -> None:
    place = Place(tmp_path, TMUX="/tmp/tmux/default,1,0")
    place.program("tmux", TMUX.format(takes=LIES, gives="echo of old", clip="on", passes="on"))
    copied = place.clipboards().copy(TEXT)
    assert (copied.known, copied.failed) == ("sent", ("tmux",))


def test_over_a_line_the_clipboard_is_that_of_whoever_sits_at_the_terminal(tmp_path: Path) -> None:
    place = Place(tmp_path, SSH_CONNECTION="1", WSL_DISTRO_NAME="Debian")
    for name in ("pbcopy", "clip.exe", "xclip", "wl-copy"):
        place.program(name, TAKES)
    assert ways(place.environ, "darwin") == []
    assert ways({**place.environ, "DISPLAY": "localhost:10"}, "linux") == ["xclip"], "a display that came along"
    assert place.clipboards().copy(TEXT).known == "sent"


@pytest.mark.parametrize(
    "environ", [{"TERM": "linux"}, {"TERM_PROGRAM": "Apple_Terminal"}, {"STY": "1.pts"}, {"TERM": "dumb"}], ids=str
)
def test_where_nothing_takes_it_a_file_of_ones_own_does(tmp_path: Path, environ: dict[str, str]) -> None:
    place = Place(tmp_path, **environ)
    assert refuses(place.environ)
    copied = place.clipboards().copy(TEXT)
    assert (copied.known, copied.how) == ("kept", str(place.file))
    assert str(place.file) in copied.sentence("the reply")
    assert place.file.read_text() == TEXT
    assert stat.S_IMODE(place.file.stat().st_mode) == 0o600
    assert not place.sent


def test_what_is_too_long_for_a_terminal_is_in_the_file(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.clipboards().copy("x" * LONGEST_ORDER).known == "sent"
    assert len(place.sent[0]) <= 100_010
    copied = place.clipboards().copy("ö" * LONGEST_ORDER)
    assert copied.known == "kept" and "too long" in copied.sentence("the reply")
    assert len(place.sent) == 1


def test_many_open_files_are_in_nobodys_way(tmp_path: Path) -> None:
    """``select`` takes no number from 1,024 on."""
    place = Place(tmp_path, DISPLAY=":0")
    place.program("xclip", xclip())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2_048:
        pytest.skip("so many files may not be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2_048), hard))
    with ExitStack() as open_files:
        for _ in range(1_030):
            open_files.enter_context(open(os.devnull))  # noqa: PTH123
        assert place.clipboards().copy(TEXT).known == "seen"
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_where_no_file_can_be_written_it_is_not_copied(tmp_path: Path) -> None:
    place = Place(tmp_path, TERM="linux")
    place.folder.write_text("no folder")
    copied = place.clipboards().copy(TEXT)
    assert copied.known == "lost" and copied.sentence("the reply").startswith("Not copied")


def test_an_order_through_tmux_has_every_escape_twice() -> None:
    assert through_tmux("\x1b]9;a\x07") == "\x1bPtmux;\x1b\x1b]9;a\x07\x1b\\"


# In the app

CODES = "First:\n\n```python\nprint(1)\n```\n\n- in a list:\n\n  ```sh\n  ls\n  ```\n\nand\n\n    indented()\n"
ANSWER = Faithful(CODES)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A clipboard of the machine that does this; where it keeps what it was given."""

    def make(does: str) -> Path:
        place = Place(tmp_path, DISPLAY=":0")
        place.program("xclip", does)
        for name in ("PATH", "KEPT", "SAID", "DISPLAY"):
            monkeypatch.setenv(name, place.environ[name])
        return place.kept

    return make


async def test_what_is_said_of_a_copy_is_what_became_of_it(home: Path, fake: Callable[[str], Path]) -> None:
    kept = fake(xclip())
    async with person(home, script=ANSWER) as someone:
        await someone.says("Go.")
        await someone.commands("/copy")
        await someone.hears(f"Copied with xclip: the reply ({len(CODES)} characters, {CODES.count(chr(10))} lines).")
        assert kept.read_text() == CODES
        for number, code in enumerate(("print(1)", "ls", "indented()"), 1):
            await someone.commands(f"/copy-code {number}")
            await someone.hears(f"Copied with xclip: code {number} ")
            assert kept.read_text() == code
        for wrong in ("0", "4", "x", "²"):
            await someone.commands(f"/copy-code {wrong}")
            await someone.hears(f"There is no code {wrong} here: this reply has 1 to 3.")
        await someone.commands("/codes")
        await someone.sees("Copy which code?", "2 ls", "1 line")
        await someone.press("down", "enter")
        await someone.until(lambda: kept.read_text() == "ls")
        await someone.commands("/copy-all")
        await someone.hears("Copied with xclip: the conversation")
        assert kept.read_text() == f"# Go.\n\n## You\n\nGo.\n\n## Claude\n\n{CODES}"


async def test_a_clipboard_that_fails_is_not_reported_as_success(home: Path, fake: Callable[[str], Path]) -> None:
    fake(xclip(LIES, "echo something else"))
    async with person(home, script=ANSWER) as someone:
        await someone.says("Go.")
        await someone.press("f5")
        await someone.hears("xclip did not take it.")
        assert not any("Copied with" in sentence for sentence in someone.told)


async def test_a_clipboard_that_hangs_holds_nobody_up(home: Path, fake: Callable[[str], Path]) -> None:
    kept = fake(xclip("echo $$ > $KEPT; sleep 60"))
    async with person(home, script=ANSWER) as someone:
        await someone.says("Go.")
        someone.app.copy("text", "the text")
        someone.app._copier.clipboards._seconds = 600.0
        await someone.until(kept.exists)
        await someone.types("still here")
        await someone.sees("still here")
        process = int(kept.read_text() or 0)
    until = time.monotonic() + 20
    while process and _lives(process):
        assert time.monotonic() < until, "it outlives the app"
        time.sleep(0.01)


async def test_what_is_copied_is_the_source_with_its_control_characters_inert(
    home: Path, fake: Callable[[str], Path]
) -> None:
    kept = fake(xclip())
    async with person(home, script=Faithful("a \x1b[31m *b* \x1b]52;c;x\x07\u202e\n")) as one:
        await one.says("Go.")
        await one.press("f5")
        await one.hears("Copied with xclip")
        assert kept.read_text() == "a ␛[31m *b* ␛]52;c;x␇\ufffd\n"
        assert one.app.clipboard == kept.read_text(), "and Ctrl+V pastes it here"
        await one.types("chosen")
        await one.press("shift+home", "ctrl+c")
        await one.hears("Copied with xclip: what was chosen (6 characters)")
        assert os.environ["KEPT"] and kept.read_text() == "chosen"


async def test_all_of_a_long_conversation_is_copied_and_how_much_it_is_is_said(
    home: Path, fake: Callable[[str], Path]
) -> None:
    kept = fake(xclip())

    def seed(store: Store) -> None:
        keep(store, conversation_of(10, lambda number: f"Answer {number}.\n\n" + "Words of it.\n" * 30_000))

    async with person(home, seed=seed, last=True) as someone:
        await someone.commands("/copy-all")
        await someone.hears(" characters, 300,")
        text = kept.read_text()
        assert len(text) > 3_900_000 and text.count("Words of it.") == 300_000
        await someone.hears(f"Copied with xclip: the conversation ({len(text):,} characters, ")


async def test_where_there_is_nothing_nothing_is_copied(home: Path) -> None:
    async with person(home, script=Faithful("No code.")) as someone:
        await someone.commands("/copy-all")
        await someone.hears("There is no conversation to copy.")
        await someone.says("Go.")
        await someone.commands("/copy-code 1")
        await someone.hears("There is no code here to copy.")
