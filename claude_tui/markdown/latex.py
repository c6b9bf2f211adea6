r"""LaTeX mathematics as Unicode text: Greek, operators, scripts, fractions, roots, arrows.

``to_unicode`` answers with text that reads like the formula, or with `None` when there is anything in it that
cannot be written so; then its source is what a reader can use. It is written here because the libraries that exist
replace name by name and cannot tell what they left behind, or know no scripts. What comes out is made of the tables
of `symbols` and of what was written; no name makes a control character.
"""

import re
import unicodedata
from functools import lru_cache

from . import symbols
from .symbols import ACCENTS, ALPHABETS, BIG, BRACKETS, IGNORED, LETTERS, NAMES, SPACED, SPACES, TEXT, UPRIGHT

LONGEST = 4_096
DEEPEST = 24

_TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.)|[ \t\n]+|.", re.DOTALL)
_LENGTHS = re.compile(r"\\\\\[-?[\d.]+ *(?:pt|em|ex|mm|cm)\]")
_INSIDE = re.compile(r"(?<=[(\[⟨⌊⌈]) (?=\S)|(?<=\S) (?=[)\]⟩⌋⌉])")
_SCRIPTED = "[\u00b2\u00b3\u00b9\u2070-\u209c\u1d2c-\u1d6a\u1d9c-\u1dbf′°ⱼⱽ\u0300-\u036f\u20d7]*"
_SIMPLE = re.compile(rf"(?:[\d.,]+|√?[^\W\d_]|[d∂∆Δ]\w){_SCRIPTED}(?:\^?\([^()]*\))?")
"""What stands behind a slash or a root without brackets."""
_ABOVE = re.compile(rf"[−-]?[\w√∂.]+{_SCRIPTED}!?(?:\^?\([^()]*\))?")
_SHORT = 64
_NAME, _QUOTIENT = "\u2061", "\u2062"
"""Stand behind a function's name and a fraction while a formula is read: letters that follow need a blank."""
_MARKS = str.maketrans("", "", _NAME + _QUOTIENT)
_BIG_SIGNS = frozenset(BIG.values())
_LIKE_LETTERS = {*LETTERS, *ALPHABETS, *UPRIGHT, *ACCENTS}


class _Unknown(Exception):
    """Something that cannot be shown."""


@lru_cache(maxsize=512)
def to_unicode(source: str) -> str | None:
    """The formula as text; a newline in it is a row of its own. `None` when it cannot be shown."""
    if len(source) > LONGEST:
        return None
    try:
        reader = _Reader(source)
        text = reader.run()
        if reader.at < len(reader.tokens):
            return None  # a brace too many
    except _Unknown:
        return None
    rows = (_INSIDE.sub("", re.sub(" {3,}", "  ", row)).strip() for row in text.translate(_MARKS).split("\n"))
    return "\n".join(row for row in rows if row) or None


class _Reader:
    """Reads tokens, writes text. ``script`` is more than 0 inside scripts, where no blanks are written."""

    def __init__(self, source: str) -> None:
        self.tokens = _TOKEN.findall(_LENGTHS.sub(r"\\\\", source))
        self.at = 0
        self.depth = 0
        self.script = 0

    def run(self, *ends: str) -> str:
        """Everything up to one of the ends, which is left; and to the end, when none is named."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Unknown
        text = ""
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token in ends:
                break
            if token == "}" or (token == "\\end" and "\\end" not in ends):
                if ends:
                    raise _Unknown
                break
            text = _join(text, self._next())
        else:
            if ends:
                raise _Unknown
        self.depth -= 1
        return text

    def _next(self) -> str:
        """The next thing, with the scripts on it."""
        token = self.tokens[self.at]
        self.at += 1
        if token[0] == "\\" and len(token) > 1:
            text, tight = self._command(token[1:])
        elif token.isspace():
            return "" if self.script else " "
        else:
            text, tight = self._character(token), False
        scripts = self._scripts()
        if text in _BIG_SIGNS or text in NAMES or text.endswith(_NAME):
            return text.removesuffix(_NAME) + scripts + _NAME
        if text.endswith(_QUOTIENT) and scripts:
            return f"({text[:-1]}){scripts}"
        if tight and not scripts and not self.script and self._letter_follows():
            self._skip_blanks()
        return text + scripts

    def _letter_follows(self) -> bool:
        """Whether behind the blanks stands what is written close to a letter."""
        at = self.at
        while at < len(self.tokens) and self.tokens[at].isspace():
            at += 1
        token = self.tokens[at] if at < len(self.tokens) else ""
        return token.isalnum() or token[1:] in _LIKE_LETTERS or token in "([{" or token in ("\\right", "\\left")

    def _character(self, token: str) -> str:
        match token:
            case "{":
                text = self.run("}")
                self.at += 1
                return text
            case "^" | "_":
                self.at -= 1
                return ""
            case "-":
                return "−"
            case "=" | "<" | ">":
                return self._spaced(token)
            case "~":
                return " "
            case "&":
                return "" if self.script else " "
            case "'":
                self.at -= 1
                return ""
            case "$" | "#" | "\\":
                raise _Unknown
            case _:
                return token

    def _spaced(self, text: str) -> str:
        """With a blank on each side."""
        if self.script:
            return text
        self._skip_blanks()
        return f" {text} "

    def _scripts(self) -> str:
        """What is set high and low."""
        text = ""
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token == "'":
                self.at += 1
                text += "′"
            elif token in ("\\limits", "\\nolimits"):
                self.at += 1
            elif token in ("^", "_"):
                self.at += 1
                text += _script(self._script_argument(), token)
            elif token.isspace() and self.at + 1 < len(self.tokens) and self.tokens[self.at + 1] in ("^", "_"):
                self.at += 1
            else:
                break
        return text

    def _script_argument(self) -> str:
        self.script += 1
        text = self._argument()
        self.script -= 1
        return text

    def _argument(self) -> str:
        """The group or the one thing that a command is about."""
        self._skip_blanks()
        if self.at >= len(self.tokens):
            raise _Unknown
        token = self.tokens[self.at]
        self.at += 1
        self.depth += 1
        if self.depth > DEEPEST or token in ("^", "_", "}", "&"):
            raise _Unknown
        text = self._command(token[1:])[0] if token[0] == "\\" and len(token) > 1 else self._character(token)
        self.depth -= 1
        return text.strip().translate(_MARKS)

    def _raw(self) -> str:
        """A group as it was written: text."""
        self._skip_blanks()
        end = self.at
        depth = 0
        while end < len(self.tokens):
            depth += {"{": 1, "}": -1}.get(self.tokens[end], 0)
            end += 1
            if depth == 0:
                break
        tokens, self.at = self.tokens[self.at : end], end
        if depth or len(tokens) < 2:
            raise _Unknown
        if any(
            token[0] == "\\" and token[1:] not in ("%", "$", "#", "_", "&", "{", "}", " ") for token in tokens[1:-1]
        ):
            raise _Unknown
        return " ".join("".join(token.removeprefix("\\") for token in tokens[1:-1]).split("\n"))

    def _skip_blanks(self) -> None:
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1

    def _command(self, name: str) -> tuple[str, bool]:
        """What a command stands for, and whether the blanks behind it mean nothing."""
        if name in LETTERS:
            return LETTERS[name], True
        if name in SPACED:
            return self._spaced(SPACED[name]), False
        if name in BIG:
            return BIG[name], False
        if name in NAMES:
            return name, False
        if name in SPACES:
            return "" if self.script else SPACES[name], False
        if name in IGNORED:
            return self._delimiter(name), True
        if name in TEXT:
            return self._raw(), False
        if name in UPRIGHT:
            operator = _NAME if name.startswith("operatorname") else ""
            return self._argument() + operator, False
        if name in ALPHABETS:
            return "".join(_styled(character, ALPHABETS[name]) for character in self._argument()), False
        if name in ACCENTS:
            return _accented(self._argument(), name), False
        return self._structure(name), False

    def _delimiter(self, name: str) -> str:
        """`\\left.` and its like stand for nothing."""
        if name in ("left", "right") and self.tokens[self.at : self.at + 1] == ["."]:
            self.at += 1
        return ""

    def _structure(self, name: str) -> str:
        match name:
            case "frac" | "dfrac" | "tfrac" | "cfrac":
                return self._fraction(self._argument(), self._argument())
            case "sqrt":
                return self._root()
            case "binom" | "dbinom" | "tbinom":
                return f"({self._argument()} choose {self._argument()})"
            case "not":
                text = self._argument()
                struck = unicodedata.normalize("NFC", text[:1] + "\u0338")
                if len(struck) != 1 or len(text) != 1:
                    raise _Unknown
                return self._spaced(struck)
            case "pmod":
                return f" (mod {self._argument()})"
            case "mod":
                return self._spaced("mod")
            case "boxed" | "fbox":
                return f"[{self._argument()}]"
            case "tag" | "tag*":
                return f"  ({self._raw()})"
            case "label":
                self._raw()
                return ""
            case "\\":
                return "\n"
            case "begin":
                return self._environment()
            case "|":
                return "‖"
            case "{" | "}" | "$" | "%" | "&" | "#" | "_":
                return name
            case _:
                raise _Unknown

    def _fraction(self, above: str, below: str) -> str:
        if not self.script and (above, below) in symbols.VULGAR:
            return symbols.VULGAR[above, below]
        return f"{_bracketed(above, _ABOVE)}/{_bracketed(below, _SIMPLE)}{_QUOTIENT}"

    def _root(self) -> str:
        index = "2"
        if self.tokens[self.at : self.at + 1] == ["["]:
            self.at += 1
            self.script += 1
            index = self.run("]").translate(_MARKS)
            self.script -= 1
            self.at += 1
        sign = symbols.ROOTS.get(index) or _script(index, "^") + "√"
        return sign + _bracketed(self._argument(), _SIMPLE)

    def _environment(self) -> str:
        name = self._raw().removesuffix("*")
        if name == "array" or name == "alignat":
            self._raw()
        if name in symbols.ROWS:
            text = self.run("\\end")
        elif name in BRACKETS:
            text = self._cells(*BRACKETS[name])
        else:
            raise _Unknown
        self.at += 1
        if self._raw().removesuffix("*") != name:
            raise _Unknown
        return text

    def _cells(self, before: str, after: str) -> str:
        rows: list[str] = []
        cells: list[str] = []
        while True:
            cells.append(self.run("&", "\\\\", "\\end").strip().translate(_MARKS))
            end = self.tokens[self.at]
            if end != "&":
                rows.append("  ".join(cells))
                cells = []
            if end == "\\end":
                break
            self.at += 1
        return before + "; ".join(row for row in rows if row.strip()) + after


def _join(text: str, more: str) -> str:
    """One after the other, with a blank where two things would be read as one."""
    if text and text[-1] in (_NAME, _QUOTIENT):
        text = text[:-1] + (" " if more[:1].isalnum() or (more and more[0] in "√∂") else "")
    if more and more[0] in _BIG_SIGNS and text[-1:].isalnum():
        text += " "
    if more[:1] == " " and text[-1:] == " ":
        more = more.lstrip(" ") if len(more.lstrip(" ")) else " "
        if more == " ":
            return text
    return text + more


def _script(text: str, mark: str) -> str:
    """Text set high (`^`) or low (`_`): in small letters if there are such, else behind its mark."""
    text = text.replace(" ", "")
    if not text:
        return ""
    table = symbols.SUPERSCRIPTS if mark == "^" else symbols.SUBSCRIPTS
    if all(character in table for character in text):
        return "".join(table[character] for character in text)
    if len(text) == 1 or (mark == "_" and text.isalnum()) or (text[0] == "(" and text.find(")") == len(text) - 1):
        return mark + text
    return f"{mark}({text})"


def _bracketed(text: str, simple: re.Pattern[str]) -> str:
    """In brackets where it would be read together with its neighbour."""
    if not text:
        raise _Unknown
    if (len(text) < _SHORT and simple.fullmatch(text)) or (text[0] == "(" and text.find(")") == len(text) - 1):
        return text
    return f"({text})"


def _accented(text: str, name: str) -> str:
    """A mark on one character; a line on each."""
    mark = ACCENTS[name]
    bare = all(character.isalnum() and not unicodedata.combining(character) for character in text)
    if not text or not bare or (len(text) > 1 and name not in ("overline", "underline")):
        raise _Unknown
    return "".join(unicodedata.normalize("NFC", character + mark) for character in text)


def _styled(character: str, styles: tuple[str, ...]) -> str:
    """A letter or digit of another alphabet; what has none there stays."""
    if not (character.isascii() and character.isalnum()):
        return character
    case = "DIGIT" if character.isdigit() else "CAPITAL" if character.isupper() else "SMALL"
    name = unicodedata.name(character).rsplit(" ", 1)[1]
    for style in styles:
        for prefix in ("MATHEMATICAL ", ""):
            try:
                return unicodedata.lookup(f"{prefix}{style} {case} {name}")
            except KeyError:
                continue
    return character
