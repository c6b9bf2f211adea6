"""A theme as a style sheet for the HTML export: its own colours, its counterpart's by daylight or at night, and a
light one on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator

from claude_tui.theme_values import ThemeSpec

_HEX = re.compile(r"#[0-9a-fA-F]{3,6}")
_WORDS = {
    "bold": "font-weight:600",
    "dim": "opacity:.7",
    "italic": "font-style:italic",
    "underline": "text-decoration:underline",
    "strike": "text-decoration:line-through",
}
_PLAIN = {
    "bold": "font-weight:normal",
    "dim": "opacity:1",
    "italic": "font-style:normal",
    "underline": "text-decoration:none",
    "strike": "text-decoration:none",
}
_PLACES = {
    "md.h1": "h3",
    "md.h2": "h4",
    "md.h3": "h5",
    "md.h4": "h6",
    "md.strong": "strong",
    "md.em": "em",
    "md.strike": "s",
    "md.code": "code",
    "md.fence": ".code",
    "md.fence.label": ".label",
    "md.link": "a",
    "md.image": "a.image",
    "md.quote": "blockquote",
    "md.table.head": "th",
    "md.footnote": ".footnote",
    "md.math": ".math",
    "thinking": ".thinking",
    "thinking.title": ".thinking>summary",
    "tool": ".tool",
    "tool.title": ".tool>summary",
    "tool.error": ".failed",
    "user": ".you",
    "meta": ".meta",
    "note": ".note",
}
"""Where each role of a theme is on the page."""

_LAYOUT = """\
*{box-sizing:border-box}
body{margin:0 auto;padding:2.5rem 1.25rem 5rem;max-width:46rem;font:1rem/1.6 system-ui,-apple-system,"Segoe UI",
Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.3;margin:0 0 .25rem}
h2{font-size:.8rem;letter-spacing:.04em;margin:0 0 .5rem}
h3,h4,h5,h6{font-size:1.05rem;margin:1.4em 0 .4em}
h3{font-size:1.2rem}
section{margin-top:2.25rem}
.you{border-left:3px solid;padding-left:1rem}
p,ul,ol,table,blockquote,.code,details{margin:.75em 0}
li>p{margin:.2em 0}
blockquote{border-left:2px solid;padding-left:1rem;margin-left:0}
pre,code,.math{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.92em}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
code{padding:.1em .3em;border-radius:3px}
.code{padding:.7em .9em;border-radius:5px}
.code code{padding:0;background:none;color:inherit}
.label{font-size:.75rem;margin-bottom:.4em}
table{border-collapse:collapse;display:block;overflow-x:auto}
td,th{border-bottom:1px solid;padding:.3em .9em .3em 0;text-align:left;vertical-align:top}
hr{border:0;border-top:1px solid}
img{max-width:100%;height:auto}
summary{cursor:pointer}
details>div,details>pre{padding-left:1rem}
.meta,.note,.sources,.footnote{font-size:.85rem}
.sources{padding-left:1.4rem}
sup a{text-decoration:none}
@media print{body{max-width:none;padding:0;font-size:10.5pt}section{break-inside:auto}h2{break-after:avoid}
.code,tr,img{break-inside:avoid}a{text-decoration:none}}
"""


def sheet(theme: ThemeSpec, other: ThemeSpec | None = None) -> str:
    """The style sheet: ``theme`` where nothing else is wished, ``other`` where the reader wishes its kind."""
    base = theme if not theme.ansi else other or theme
    rules = [_LAYOUT, *_rules(base)]
    if other is not None and other.dark != base.dark:
        kind = "dark" if other.dark else "light"
        rules += [f"@media screen and (prefers-color-scheme:{kind}){{", *_rules(other, base), "}\n"]
    paper = next((spec for spec in (base, other) if spec is not None and not spec.dark and not spec.ansi), None)
    if base.dark and paper is not None:
        rules += ["@media print{", *_rules(paper, base), "}\n"]
    return "".join(rules)


def _rules(spec: ThemeSpec, under: ThemeSpec | None = None) -> Iterator[str]:
    """The rules of a theme; over those of another what only that one says is taken back."""
    colors = spec.colors
    ground, ink = _color(colors["background"]), _color(colors["foreground"])
    page = ";".join(filter(None, [f"background:{ground}" if ground else "", f"color:{ink}" if ink else ""]))
    yield f"html,body{{{page}}}\n"
    if accent := _color(colors["accent"]):
        yield f"h2{{color:{accent}}}\n"
    if bar := _declared(spec.styles.get("user.bar", ""), "border-color"):
        yield f".you{{{bar}}}\n"
    if faint := _declared(spec.styles.get("md.table.rule", ""), "border-color"):
        yield f"td,th,hr,blockquote{{{faint}}}\n"
    for role, style in spec.styles.items():
        where = _PLACES.get(role) or (f".{role.replace('.', '-')}" if role.startswith("syntax.") else "")
        before = under.styles.get(role, "").split() if under is not None else []
        back = [_PLAIN[word] for word in before if word in _PLAIN and word not in style.split()]
        if where and (declared := ";".join(filter(None, [*back, _declared(style)]))):
            yield f"{where}{{{declared}}}\n"


def _declared(style: str, color: str = "color") -> str:
    """A style's words as declarations; the terminal's own colours have no place on a page."""
    found: list[str] = []
    words = style.split()
    for before, word in zip(["", *words], words, strict=False):
        if word in _WORDS:
            if color == "color":
                found.append(_WORDS[word])
        elif value := _color(word):
            found.append(f"{'background' if before == 'on' else color}:{value}")
    return ";".join(found)


def _color(word: str) -> str:
    return word if _HEX.fullmatch(word) else ""
