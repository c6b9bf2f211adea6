"""The flags and commands of the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import NoReturn, cast

from . import __version__

USAGE = 2
"""The exit code of a call that cannot be understood."""


class _Parser(argparse.ArgumentParser):
    """One sentence for a bad flag."""

    def error(self, message: str) -> NoReturn:
        from .core.text import clean_line

        print(f"claude-tui: {clean_line(message, 300)}; claude-tui --help lists what there is.", file=sys.stderr)
        sys.exit(USAGE)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """What the arguments say; exits with 2 and one sentence when they say nothing that can be done."""
    parser = _parser()
    _check_options(parser, argv)
    # --demo may stand before or after a command, so neither parser may set a default for it.
    return parser.parse_args(argv, argparse.Namespace(demo=False))


def _check_options(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Tell an option that is none as such: what follows it would else be told as no command."""
    for place, arg in enumerate(argv):
        commands = next((each.choices for each in parser._actions if each.dest == "command"), None)
        name = arg.partition("=")[0]
        if arg == "--":
            return
        if isinstance(commands, dict) and arg in commands:
            _check_options(cast("dict[str, argparse.ArgumentParser]", commands)[arg], argv[place + 1 :])
            return
        known = [option for each in parser._actions for option in each.option_strings]
        if name.startswith("--") and " " not in name and not any(option.startswith(name) for option in known):
            from difflib import get_close_matches  # only a slip need pay for it

            near = get_close_matches(name, known, 1)
            parser.error(f"There is no option {name}" + (f"; did you mean {near[0]}?" if near else ""))


def _parser() -> argparse.ArgumentParser:
    shared = _Parser(add_help=False)
    shared.add_argument(
        "--demo", action="store_true", default=argparse.SUPPRESS, help="use the bundled server; no key is needed"
    )
    parser = _Parser("claude-tui", description="A terminal chat client for Claude.", parents=[shared])
    parser.add_argument("-V", "--version", action="version", version=f"claude-tui {__version__}")
    parser.add_argument("-c", "--continue", dest="again", action="store_true", help="open the last conversation")
    parser.add_argument("--resume", nargs="?", const="", metavar="ID", help="pick a conversation, or open that one")
    parser.add_argument(
        "-p", "--print", dest="question", nargs="?", const="", metavar="QUESTION", help="print the answer and exit"
    )
    parser.add_argument(
        "--attach", action="append", metavar="FILE", help="with -p: a text, image or PDF that goes with it; repeatable"
    )
    parser.add_argument(
        "--screen-reader", action="store_true", help="plain lines for a screen reader, without the full screen"
    )
    parser.add_argument("--output-format", choices=("text", "json", "stream-json"), default="text", help="with -p")
    parser.add_argument("--model", help="a model's id, or a family such as opus")
    parser.add_argument("--persona", metavar="NAME", help="a persona of yours: its system prompt, model and settings")
    parser.add_argument("--system", metavar="TEXT", help="the system prompt")
    parser.add_argument("--max-tokens", type=_positive, metavar="N", help="the longest reply, in tokens")
    parser.add_argument("--effort", type=_effort, metavar="LEVEL", help="how hard the model tries: low to max")
    parser.add_argument("--thinking", choices=("on", "off", "auto"), help="whether the model thinks first")
    parser.add_argument("--tools", metavar="NAMES", help="tools to switch on: a,b, all or none")
    parser.add_argument(
        "--auto-continue", type=_natural, metavar="N", help="times a cut reply goes on by itself (1; 0 for never)"
    )
    parser.add_argument("--budget", type=_dollars, metavar="DOLLARS", help="what this call may cost; no more is sent")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    json_flag = _Parser(add_help=False)
    json_flag.add_argument("--json", action="store_true", help="as JSON")

    listing = commands.add_parser("list", parents=[shared, json_flag], help="the conversations, newest first")
    listing.add_argument("--limit", type=_positive, default=50, metavar="N")
    listing.add_argument("--archived", action="store_true", help="those in the archive")
    search = commands.add_parser("search", parents=[shared, json_flag], help="what was said, anywhere")
    search.add_argument("query", nargs="+")
    search.add_argument("--limit", type=_positive, default=50, metavar="N")
    show = commands.add_parser("show", parents=[shared, json_flag], help="a conversation as Markdown")
    show.add_argument("id", nargs="?", default="last", help="an id, the beginning of one, or last")
    show.add_argument("--last-reply", action="store_true", help="only the last reply's text, exactly")
    show.add_argument("--thinking", action="store_true", help="with the thinking")
    show.add_argument("--with-tools", action="store_true", help="with the tools' calls and results")
    export = commands.add_parser("export", parents=[shared], help="a conversation, or all, to a file")
    export.add_argument("id", nargs="?", help="an id, the beginning of one, or last")
    export.add_argument("--all", action="store_true", help="every conversation: one JSON file, or a folder of others")
    export.add_argument("--format", choices=("md", "html", "json"), default="md")
    export.add_argument("-o", "--output", metavar="FILE", help="where to; stdout without it, or with -")
    switch = argparse.BooleanOptionalAction
    export.add_argument("--thinking", action=switch, help="the thinking; HTML has it folded, Markdown leaves it out")
    export.add_argument("--tools", action=switch, help="the tools' calls and results, likewise")
    export.add_argument("--with-tools", dest="tools", action="store_true", help=argparse.SUPPRESS)
    export.add_argument(
        "--with-files",
        action="store_true",
        help="attached images and PDFs too: inside HTML, in a folder beside Markdown; JSON has them always",
    )
    export.add_argument("--keep-secrets", action="store_true", help="do not mask keys and tokens in it")
    importing = commands.add_parser(
        "import", parents=[shared, json_flag], help="conversations from files: ours, claude.ai's, ChatGPT's, llm's"
    )
    importing.add_argument("file", nargs="+", metavar="FILE", help=".json, .zip, .md or logs.db")
    trash = commands.add_parser("trash", parents=[shared, json_flag], help="what was deleted: list, restore, empty")
    trash.add_argument("do", nargs="?", choices=("list", "restore", "empty"), default="list")
    trash.add_argument("id", nargs="?", help="an id or the beginning of one, to restore or to delete for good")
    trash.add_argument("--limit", type=_positive, default=50, metavar="N")
    trash.add_argument("--yes", action="store_true", help="delete for good without asking")
    usage = commands.add_parser(
        "usage", parents=[shared, json_flag], help="what was spent: by day, model, conversation"
    )
    usage.add_argument("--since", metavar="DAY", help="from that day on: 2026-11-21, today, yesterday, 30d")
    usage.add_argument("--until", metavar="DAY", help="up to that day and with it")
    usage.add_argument("--by", choices=("day", "model", "conversation", "kind"), help="only that")
    usage.add_argument("--csv", action="store_true", help="as a table for a spreadsheet; by day without --by")
    usage.add_argument("--limit", type=_positive, default=10, metavar="N", help="conversations that are told (10)")
    commands.add_parser("models", parents=[shared, json_flag], help="the models there are, with price and retirement")
    doctor = commands.add_parser("doctor", parents=[shared, json_flag], help="check the store, the config and the key")
    doing = doctor.add_mutually_exclusive_group()
    doing.add_argument("--repair", action="store_true", help="mend the store, after a copy of it")
    doing.add_argument("--backup", metavar="FILE", help="copy the store to a new file")
    return parser


def _effort(text: str) -> str:
    from .core.models import EFFORTS

    if text not in EFFORTS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(EFFORTS)}")
    return text


def _dollars(text: str) -> Decimal:
    try:
        value = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of dollars") from None
    if not value.is_finite() or value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of dollars")
    return value


def _positive(text: str) -> int:
    value = _natural(text)
    if value == 0:
        raise argparse.ArgumentTypeError("it must be 1 or more")
    return value


def _natural(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if value < 0:
        raise argparse.ArgumentTypeError("it must not be negative")
    return value
