"""The command line: the only place where everything meets."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias

from .errors import ClaudeTuiError, ConfigError

if TYPE_CHECKING:
    from .attachments.reading import Attachment
    from .core.conversation import Conversation
    from .files import Problem
    from .paths import Paths
    from .session import Session
    from .store import Store
    from .wishes import Wishes

Options: TypeAlias = Any
"""An ``argparse.Namespace``, or what stands in for one."""

USAGE = 2
"""The exit code of a call that cannot be understood."""
SAVING_SECONDS = 10.0
"""How long a question may take to be saved before it is said that it cannot be: unsaved it is not sent."""


def run(argv: Sequence[str]) -> int:
    """Do what the arguments say; the exit code. Every expected failure is one sentence on stderr."""
    _prepare_streams()
    try:
        options = _options(argv)
        if options.command is not None:
            gc.enable()
            from .reports import REPORTS

            code = REPORTS[options.command](options)
            sys.stdout.flush()  # here, where it can still be said that it could not be
            return code
        if options.question is not None:
            gc.enable()
            return _print(options)
        return _chat(options)
    except ClaudeTuiError as error:
        return _say(str(error), USAGE if isinstance(error, ConfigError) else 1)
    except OSError as error:
        # What is still to be written would fail again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if isinstance(error, BrokenPipeError):
            return 1
        from .files import cause

        return _say(f"This did not work: {cause(error)}.", 1)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # ours: a report without anybody's words instead of a traceback
        from . import interrupt

        if interrupt.came():  # while a class was made, which raises something else for it
            return 130
        from .crash import report

        return _say(report(error), 1)


def _prepare_streams() -> None:
    """UTF-8 whatever the locale, and nowhere where a stream is closed."""
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
        sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115
        elif hasattr(stream, "reconfigure"):
            encoding = None if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


_PLAIN = {"--demo": "demo", "-c": "again", "--continue": "again"}


def _options(argv: Sequence[str]) -> Options:
    """The arguments; the few that most starts have are read without loading the parser, which costs 20 ms."""
    names = bool(argv[1:]) and argv[-2] == "--resume" and not argv[-1].startswith("-")
    plain = argv[:-2] if names else argv
    if all(argument in _PLAIN for argument in plain):
        options = SimpleNamespace(
            demo=False,
            again=False,
            resume=argv[-1] if names else None,
            question=None,
            command=None,
            screen_reader=False,
            **dict.fromkeys(("model", "system", "max_tokens", "effort", "thinking", "tools", "auto_continue")),
        )
        for argument in plain:
            setattr(options, _PLAIN[argument], True)
        return options
    from .arguments import parse

    return parse(argv)


def _say(sentence: str, code: int) -> int:
    from .core.text import clean
    from .redaction import redact

    print(f"claude-tui: {clean(redact(sentence))}", file=sys.stderr)
    return code


def _open(options: Options, store: Store | None = None) -> Session:
    from .session import open_session, read_tools
    from .tools import default_toolbox
    from .wishes import Wishes

    tools = getattr(options, "tools", None)
    flags: Wishes = Wishes(
        model=getattr(options, "model", None),
        system=getattr(options, "system", None),
        max_tokens=getattr(options, "max_tokens", None),
        effort=getattr(options, "effort", None),
        thinking=getattr(options, "thinking", None),
        tools=None if tools is None else read_tools(tools, default_toolbox()),
    )
    if flags.model is not None and not flags.model.strip():
        raise ConfigError("The model's name is empty.")
    flags, problems = _with_persona(flags, getattr(options, "persona", None))
    auto_continue = getattr(options, "auto_continue", None)
    session = open_session(
        environ=os.environ,
        demo=options.demo,
        flags=flags,
        auto_continue=auto_continue,
        store=store,
        budget=getattr(options, "budget", None),
    )
    session.problems.extend(problems)
    return session


def _with_persona(flags: Wishes, name: str | None) -> tuple[Wishes, Sequence[Problem]]:
    """The flags, and under them what a persona says."""
    if name is None:
        return flags, ()
    from .paths import Paths
    from .personas import Persona, load

    found = load(Paths.default().personas_dir, name)
    if not isinstance(found, Persona):
        raise ConfigError(str(found))
    return flags.over(found.wishes), found.problems


def _chat(options: Options) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _say("This is not a terminal; -p prints an answer without one.", USAGE)
    from .paths import Paths

    in_lines = options.screen_reader or _asked_for_lines(Paths.default(demo=options.demo))
    while True:
        if not in_lines and os.environ.get("TERM", "dumb") in ("dumb", ""):
            return _say(
                "This terminal (TERM=dumb) cannot show the app; --screen-reader runs it line by line, -p prints an "
                "answer.",
                USAGE,
            )
        answer, code = _in_lines(options) if in_lines else _on_screen(options)
        # Whoever goes from the one to the other stays in their conversation.
        word, _, where = (answer or "").partition(" ")
        match word:
            case "demo":
                options.demo = True
            case "lines" | "screen":
                in_lines, options.again, options.resume = word == "lines", False, where or None
            case _:
                return code


def _asked_for_lines(paths: Paths) -> bool:
    """Whether the person chose the mode for screen readers, in the app or in the config. The files are read only if
    they speak of it: that costs next to nothing."""
    from contextlib import suppress

    mentioned = False
    for file in (paths.state_file, paths.config_file):
        with suppress(OSError), file.open("rb") as opened:
            mentioned = mentioned or b"screen_reader" in opened.read(100_000)
    if not mentioned:
        return False
    from .config import load_config, load_state

    chosen = load_state(paths.state_file)[0].screen_reader
    return load_config(paths.config_file)[0].screen_reader if chosen is None else chosen


def _on_screen(options: Options) -> tuple[str | None, int]:
    """The app on the whole screen."""
    from .paths import Paths
    from .ui.start import start

    def opening(show: Callable[[Conversation], object]) -> tuple[Session, Conversation | None]:
        return _opened(options, show)

    return start(Paths.default(demo=options.demo), opening, pick=options.resume == "")


def _in_lines(options: Options) -> tuple[str, int]:
    """The mode for screen readers."""
    from .ui.linear.start import start

    return start(lambda: _opened(options, lambda end: None), pick=options.resume == "")


def _opened(options: Options, show: Callable[[Conversation], object]) -> tuple[Session, Conversation | None]:
    """The session, and the conversation that was asked for, whose end is shown before all else is opened."""
    from .naming import find_id, load
    from .paths import Paths
    from .store import Store

    with ExitStack() as held:
        store = Store.open(Paths.default(demo=options.demo).database, or_wait=True)
        held.callback(store.close)
        wanted = options.resume or ("last" if options.again else "")
        found = find_id(store, wanted) if wanted else ""
        if found and (end := store.load_end(found).result()) is not None:
            show(end)
        session = _open(options, store)
        held.callback(session.close)
        conversation = load(store, found) if found else None
        held.pop_all()
        return session, conversation


def _print(options: Options) -> int:
    from .attachments.sending import blocks, keep, refusal
    from .core.conversation import Conversation, Node, title_from
    from .core.message import TextBlock
    from .core.resume import plan
    from .headless import print_turn
    from .ids import new_id
    from .naming import find
    from .session import now_ms

    piped = "" if sys.stdin.isatty() else _read_stdin()
    question = "\n\n".join(text for text in (options.question.strip(), piped.strip()) if text)
    goes_on = options.again or options.resume
    files, refused = _files(options.attach or ())
    if refused:
        return _say("\n".join(refused), USAGE)
    if files and not question:
        return _say("There is nothing to ask about the files: give a question after -p.", USAGE)
    if options.resume == "":
        return _say("--resume needs an ID with -p; claude-tui list shows them.", USAGE)
    if not question and not goes_on:
        return _say("There is nothing to ask: give a question after -p, or pipe one in.", USAGE)
    session = _open(options)
    try:
        unsure = session.budgets.limits("", now_ms()).unsure
        for said in (*session.problems, *session.store.notices, *(file.note for file in files if file.note)):
            if str(said) != unsure:
                _say(str(said), 0)
        if unsure:
            return _say(f"{unsure} Nothing is sent until that is mended.", USAGE)
        if not session.has_credentials:
            return _say("There is no API key: set ANTHROPIC_API_KEY, or start claude-tui to enter one.", 1)
        session.api.warm()
        now = now_ms()
        if goes_on:
            conversation = find(session.store, options.resume or "last")
            if session.store.written_elsewhere(conversation.id).result():
                return _say("Another claude-tui is writing a reply in this conversation.", 1)
            session.store.hold(conversation.id, take=True)  # a window that has it open reads along meanwhile
        else:
            title = title_from(question)
            conversation = Conversation(new_id(), title, created_at=now, updated_at=now)
            try:
                session.store.create(conversation).result(SAVING_SECONDS)
            except TimeoutError:
                return _say(session.store.trouble or "Not saved: the disk does not answer.", 1)
        nodes: list[Any] = []
        if question:
            model = session.settings(conversation).model
            kept = keep(files, session.contents)
            if why := refusal(conversation.path(), kept, model.context):
                return _say(why, USAGE)
            content = (*blocks(kept, session.contents), TextBlock(question))
            nodes = [Node(new_id(), conversation.head_id, "user", content, "typed", created_at=now)]
        elif plan(conversation.path(), session.settings(conversation)) is None:
            return _say("The last reply is complete: there is nothing to continue.", USAGE)
        return print_turn(session, conversation, nodes, options.output_format)
    finally:
        session.close()


def _files(paths: Sequence[str]) -> tuple[list[Attachment], list[str]]:
    """The files that go with a question, and why others do not."""
    if not paths:
        return [], []
    from pathlib import Path

    from .attachments.sending import gather

    found, refused = gather(paths, Path.cwd())
    return found, [sentence.replace(", or type @ to look for it", "") for sentence in refused]  # there is no prompt


def _read_stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    except OSError:
        return ""
