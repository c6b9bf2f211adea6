"""Code of a fence, in chunks that are highlighted one after the other."""

from .highlight import ROOT, LexState, Token, highlight

CHUNK_LINES = 16
CHUNK_SIZE = 1_024
LONGEST_PIECE = 4_096
"""A longer line is cut into pieces of this many characters."""

LOOK_BACK = 80
"""How many chunks are lexed at most to know how one begins: 80 kB, some 80 ms."""


class CodeText:
    """The code of one fence, shared by all its parts, so that each can give the whole to copy."""

    __slots__ = ("pieces",)

    def __init__(self) -> None:
        self.pieces: list[str] = []

    def __str__(self) -> str:
        text = "".join(self.pieces)
        # Without the last newline: a command pasted into a shell should wait for its reader.
        return text[:-1] if text.endswith("\n") else text


class Chunk:
    """Some lines of code. Knows the chunk before it, where the lexer's state comes from."""

    __slots__ = ("_after", "before", "code", "language", "midline")

    def __init__(self, code: str, language: str, before: "Chunk | None", midline: bool) -> None:
        self.code = code
        self.language = language
        self.before = before
        self.midline = midline
        """Whether it goes on in the middle of a line."""
        self._after: LexState | None = None

    def tokens(self) -> list[Token]:
        """The highlighted code."""
        begin = self._begin()
        if self.code.endswith("\n"):
            tokens, self._after = highlight(self.language, self.code, begin)
            return tokens
        tokens, self._after = highlight(self.language, self.code + "\n", begin)
        role, text = tokens[-1]
        tokens[-1] = (role, text[:-1])
        return tokens

    def _begin(self) -> LexState:
        """The state after the chunk before; chunks not lexed yet are lexed for it, oldest first."""
        if not self.language:
            return ROOT
        pending: list[Chunk] = []
        chunk = self.before
        while chunk is not None and chunk._after is None and len(pending) < LOOK_BACK:
            pending.append(chunk)
            chunk = chunk.before
        state = chunk._after if chunk is not None and chunk._after is not None else ROOT
        for chunk in reversed(pending):
            code = chunk.code if chunk.code.endswith("\n") else chunk.code + "\n"
            _, state = highlight(chunk.language, code, state)
            chunk._after = state
        return state


def cut_code(code: str) -> list[tuple[str, int, int]]:
    """Code in pieces: the text, the number of the line it begins in, and how much of that line is left.

    The last is 0 for a piece that begins with a line. Pieces depend only on what is before their end.
    """
    pieces: list[tuple[str, int, int]] = []
    begin = position = 0
    begin_line = line = 0
    left = 0
    length = len(code)
    while position < length:
        end = code.find("\n", position)
        stop = end + 1 if end >= 0 else length
        content_end = end if end >= 0 else length
        while content_end - position > LONGEST_PIECE:
            if position > begin:
                pieces.append((code[begin:position], begin_line, left))
                begin, begin_line, left = position, line, 0
            pieces.append((code[begin : begin + LONGEST_PIECE], begin_line, left))
            position = begin = begin + LONGEST_PIECE
            begin_line, left = line, content_end - begin
        position = stop
        line += 1
        if line - begin_line >= CHUNK_LINES or position - begin >= CHUNK_SIZE:
            pieces.append((code[begin:position], begin_line, left))
            begin, begin_line, left = position, line, 0
    if begin < length or not pieces:
        pieces.append((code[begin:], begin_line, left))
    return pieces
