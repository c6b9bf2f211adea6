"""Highlighting code in chunks: each begins where the lexer stood at the end of the one before.

Pygments lexes a whole text at once. A fence that is still being written would be lexed again from its
first line with every delta, so the state stack of a `RegexLexer` is driven here and handed on. A token
that runs past the end of a chunk (a comment of many lines that is one regular expression) is handed on
as text and lexed again together with what follows.
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, cast

from .roles import TOKEN_ROLES

LONGEST_LINE = 2_000
"""A longer line is minified or hostile, and regular expressions may take seconds on it: left plain."""

LONGEST_OVERLAP = 8_192
"""How much unfinished token is lexed again with the next chunk, at most."""

ALIASES = {"jsonc": "json", "json5": "json", "mjs": "js", "cjs": "js", "mts": "ts", "golang": "go"}
"""Names people write that Pygments does not know."""


@dataclass(frozen=True, slots=True)
class LexState:
    """Where a lexer stands between two chunks."""

    stack: tuple[str, ...] = ("root",)
    overlap: str = ""
    """The beginning of a token that the chunk's end cut off."""


ROOT = LexState()

Token = tuple[str, str]
"""A role (or "") and a text."""


STEP = 4
"""Lines lexed at a time. While a chunk grows, only its last step is lexed again."""


def highlight(language: str, code: str, state: LexState = ROOT) -> tuple[list[Token], LexState]:
    """Lex whole lines of code; the tokens' texts joined are exactly `code`. Unknown languages stay plain."""
    lexer = _lexer(language) if language else None
    if lexer is None or not code:
        return [("", code)], state
    if not _keeps_state(lexer):
        tokens, state = _highlight_step(language, code, state)
        return list(tokens), state
    found: list[Token] = []
    begin = 0
    while begin < len(code):
        end = begin
        for _ in range(STEP):
            end = code.find("\n", end) + 1
            if end == 0 or end == len(code):
                end = len(code)
                break
        tokens, state = _highlight_step(language, code[begin:end], state)
        found += tokens
        begin = end
    return found, state


@lru_cache(maxsize=64)
def _highlight_step(language: str, code: str, state: LexState) -> tuple[tuple[Token, ...], LexState]:
    lexer = _lexer(language)
    text = state.overlap + code
    plain: tuple[tuple[Token, ...], LexState] = ((("", code),), ROOT)
    if max(map(len, text.split("\n"))) > LONGEST_LINE:
        return plain
    try:
        raw, after = _lex(lexer, text, state.stack)
    except Exception:  # a lexer's bug costs colours, never the code
        return plain
    skip = len(state.overlap)
    tokens: list[Token] = []
    for role, piece in raw:
        if skip >= len(piece):
            skip -= len(piece)
            continue
        tokens.append((role, piece[skip:]))
        skip = 0
    if "".join(piece for _, piece in tokens) != code:
        return plain
    return tuple(tokens), after


def _lex(lexer: Any, text: str, stack: tuple[str, ...]) -> tuple[list[Token], LexState]:
    """Tokens of `text` and the state after it."""
    tokens: list[Token] = []
    states = _Stack(stack)
    before = stack
    position = last_start = 0
    comment = _open_comment(text)
    comment_stack: tuple[str, ...] | None = None
    for start, kind, piece in states.run(lexer, text):
        if start < position:  # some callbacks leave gaps or go back; plain text fills what they left
            continue
        if start > position:
            tokens.append(("", text[position:start]))
        role = role_of(kind)
        if start == comment and role in _SIGNS:
            comment_stack = states.before
            break
        tokens.append((role, piece))
        position = start + len(piece)
        last_start, before = start, states.before
    if comment_stack is not None:
        # Most lexers know a comment of many lines only with its end, which is not here yet.
        unfinished = text[comment:]
        tokens.append(("syntax.comment", unfinished))
        return tokens, LexState(comment_stack, unfinished if len(unfinished) <= LONGEST_OVERLAP else "")
    if position < len(text):
        tokens.append(("", text[position:]))
    unfinished = text[last_start:]
    if "\n" in unfinished[:-1] and unfinished.strip() and len(unfinished) <= LONGEST_OVERLAP:
        return tokens, LexState(before, unfinished)
    return tokens, LexState(tuple(states.stack))


_SIGNS = frozenset(("syntax.operator", "syntax.punctuation", "syntax.error", ""))


def _open_comment(text: str) -> int:
    """Where a comment may have begun that is not closed in the text, or -1."""
    for opening, closing in (("/*", "*/"), ("<!--", "-->")):
        begin = text.rfind(opening)
        if begin >= 0 and text.find(closing, begin) < 0:
            return begin
    return -1


class _Stack:
    """The state stack of a `RegexLexer`, driven from outside so that it can be kept."""

    def __init__(self, stack: tuple[str, ...]) -> None:
        self.stack = list(stack)
        self.before = stack
        """The stack as it was when the last token began."""

    def run(self, lexer: Any, text: str) -> Iterator[tuple[int, Any, str]]:
        if not _keeps_state(lexer):
            yield from lexer.get_tokens_unprocessed(text)
        else:
            yield from self._run_regex(lexer, text)

    def _run_regex(self, lexer: Any, text: str) -> Iterator[tuple[int, Any, str]]:
        """`RegexLexer.get_tokens_unprocessed`, but for keeping the stack."""
        definitions: dict[str, Any] = lexer._tokens
        token: Any = importlib.import_module("pygments.token")
        plain_type: Any = token._TokenType
        if any(name not in definitions for name in self.stack):
            self.stack = ["root"]
        position = idle = 0
        reached = -1
        while position < len(text):
            if position != reached:  # before empty matches change the stack
                reached, self.before = position, tuple(self.stack)
            for match, action, new_state in definitions[self.stack[-1]]:
                found = match(text, position)
                if not found:
                    continue
                if action is not None and found.end() > position:
                    if isinstance(action, plain_type):
                        yield position, action, found.group()
                    else:
                        yield from action(lexer, found)
                idle = 0 if found.end() > position else idle + 1
                position = found.end()
                if new_state is not None:
                    self._move(new_state)
                break
            else:
                if text[position] == "\n":
                    self.stack = ["root"]
                    yield position, token.Whitespace, "\n"
                else:
                    yield position, token.Error, text[position]
                position += 1
            if idle > 200:  # an empty match that changes nothing would go on for ever
                self.stack = ["root"]
                yield position, token.Error, text[position]
                position += 1
                idle = 0

    def _move(self, new_state: Any) -> None:
        """Apply a transition: push, pop, or both."""
        stack = self.stack
        if isinstance(new_state, tuple):
            for name in cast("tuple[str, ...]", new_state):
                if name == "#pop":
                    if len(stack) > 1:
                        stack.pop()
                elif name == "#push":
                    stack.append(stack[-1])
                else:
                    stack.append(name)
        elif isinstance(new_state, int):
            if abs(new_state) >= len(stack):
                del stack[1:]
            else:
                del stack[new_state:]
        elif new_state == "#push":
            stack.append(stack[-1])
        if len(stack) > 500:  # runaway nesting in hostile code
            del stack[1:-100]


@cache
def _keeps_state(lexer: Any) -> bool:
    """Whether a lexer is a plain state machine. Others keep more than a stack, or none, and begin anew."""
    module: Any = importlib.import_module("pygments.lexer")
    return isinstance(lexer, module.RegexLexer) and not isinstance(lexer, module.ExtendedRegexLexer)


@cache
def role_of(kind: Any) -> str:
    """The role of a token type, or of its nearest parent that has one."""
    while kind is not None:
        role = TOKEN_ROLES.get(str(kind))
        if role is not None:
            return role
        kind = kind.parent
    return ""


@cache
def _aliases() -> dict[str, str]:
    """Every alias and the name of its lexer. Asking Pygments itself would scan installed packages."""
    mapping: Any = importlib.import_module("pygments.lexers._mapping")
    found: dict[str, str] = {}
    for _, name, aliases, _, _ in mapping.LEXERS.values():
        for alias in aliases:
            found.setdefault(alias.lower(), name)
    return found


@cache
def _lexer(language: str) -> Any:
    """The lexer of a fence's language, or `None`: no guessing."""
    language = language.lower()
    name = _aliases().get(ALIASES.get(language, language))
    if name is None or name == "Text only":
        return None
    lexers: Any = importlib.import_module("pygments.lexers")
    return lexers.find_lexer_class(name)(stripnl=False, ensurenl=False)
