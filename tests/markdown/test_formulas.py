"""Formulas are shown as Unicode where there are formulas, and nowhere else."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from claude_tui.core.text import is_safe
from claude_tui.markdown import Document
from claude_tui.markdown.latex import to_unicode

from .helpers import item, lines_of, quoted, text_of

SHOWN = {
    r"E = mc^2": "E = mc²",
    r"\alpha\beta \leq \gamma": "αβ ≤ γ",
    r"2\pi r": "2πr",
    r"a\cdot b \times c": "a · b × c",
    r"x_{i+1}^{-2}": "xᵢ₊₁⁻²",
    r"x_{max} + x_b": "xₘₐₓ + x_b",
    r"e^{i\pi} + 1 = 0": "e^(iπ) + 1 = 0",
    r"\frac{1}{2}": "½",
    r"\frac{a+b}{2\pi}": "(a+b)/(2π)",
    r"\frac{n(n+1)}{2}": "n(n+1)/2",
    r"\frac{dy}{dx}": "dy/dx",
    r"\sqrt{x}, \sqrt[3]{10}, \sqrt[n]{a+b}": "√x, ∛10, ⁿ√(a+b)",
    r"x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}": "x = (−b ± √(b²−4ac))/(2a)",
    r"\sum_{i=1}^nx_i": "∑ᵢ₌₁ⁿ xᵢ",
    r"\int_0^1 f(x)\,dx": "∫₀¹ f(x) dx",
    r"\lim_{x \to 0} \frac{\sin x}{x}": "lim_(x→0) (sin x)/x",
    r"\sin\theta + \cos^2 x": "sin θ + cos² x",
    r"f: A \to B \Rightarrow C": "f: A → B ⇒ C",
    r"x \in \mathbb{R}^n, \mathcal{L}, \mathbf{v}": "x ∈ ℝⁿ, ℒ, 𝐯",
    r"\hat{x}, \vec{v}, \overline{AB}": "x̂, v⃗, A̅B̅",
    r"f'(x)": "f′(x)",
    r"\frac{a}{b}c + \frac{a}{b}^2 + \frac{1}{N}\sum_i x_i": "a/b c + (a/b)² + 1/N ∑ᵢ xᵢ",
    r"-\frac{\partial \mathbf{B}}{\partial t}": "−∂𝐁/∂t",
    r"\left( \frac{a}{b} \right)^2": "(a/b)²",
    r"a \neq b \not= c \not\in D": "a ≠ b ≠ c ∉ D",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}": "(a  b; c  d)",
    r"\begin{aligned} a &= b \\[4pt] &= c \end{aligned}": "a = b\n= c",
    r"\text{if } x > 0": "if x > 0",
    r"n \equiv 1 \pmod{4}": "n ≡ 1 (mod 4)",
    r"\operatorname{rank} A": "rank A",
    r"90^\circ, 50\%": "90°, 50%",
}
AS_WRITTEN = [
    r"\foo",
    r"a + \underbrace{x}_{y}",
    r"\frac{a}",
    r"{a",
    r"a}",
    r"\hat{\hat{x}}",
    r"\hat{abc}",
    r"\begin{tikzcd} a \end{tikzcd}",
    r"\begin{pmatrix} a",
    r"\text{a \foo b}",
    "^{" * 40 + "x" + "}" * 40,
    "{" * 4_000,
    "x" * 5_000,
]


@pytest.mark.parametrize("source", SHOWN)
def test_what_can_be_shown_is(source: str):
    assert to_unicode(source) == SHOWN[source]


@pytest.mark.parametrize("source", AS_WRITTEN, ids=lambda source: source[:12])
def test_what_cannot_be_shown_stays_as_it_was_written(source: str):
    assert to_unicode(source) is None
    if len(source) < 100:
        assert "".join(text_of(f"$${source}$$\n", 200)).strip() == f"$${source}$$"
        assert text_of(f"so ${source}$ is", 200) == [f"so ${source}$ is"]


MONEY = [
    "It costs $5 and $10.",
    "$5-$10, $5–$10, $5/$10, ($5)/($6)",
    "$5, $6 and $7, or 8$ and 9$",
    "from 5$ to $6, US$5/US$10, 5$/6$",
    "**$5** or **$6** or *$7*",
    "I had $5 and a_b and then 20$.",
    "$20 (or 25$), $1,000 to 2,000$",
    "$10, 5$ to 6$",
    "costs $5k, they said 6k$",
    "$5 = 4€, $10 = 8€, 12$",
    "价格$5到$10，然后10$。",
    "$$$ is dear, $$ is not",
    "the $/€ and the €/$ rates",
]
VARIABLES = [
    "$HOME/bin:$PATH and ${A}/${B} or $PATH$",
    "$foo->bar($baz), $a, $b; $i++; $_",
    "^a$|^b$ and ^$",
    "$my_var$ and $name$",
    "a $-sign and a $-prefix, $#/$@",
    r"\(see below\) and \[not a link\] and \(a note\)",
    r"as they say\[1\]\[2\], \(1\) and \[x\] done",
    r"cost: \$5 and \$6 and $7 \$",
]


@pytest.mark.parametrize("source", [*MONEY, *VARIABLES])
def test_money_and_variables_are_no_formulas(source: str):
    bare = source.replace("**", "").replace("*", "").replace("\\", "")
    assert text_of(source, 200) == [bare]
    rows = lines_of(Document(source, complete=True))
    assert not any("md.math" in span.style for row in rows for span in row.spans)
    table = text_of(f"| a | b |\n|---|---|\n| {source.replace('|', '/')} | $6 |\n", 200)
    assert table[-1].split("  ")[0] == bare.replace("|", "/")


@given(
    st.lists(
        st.sampled_from(["$5", "$10", "$1,000", "$3.50", "US$7", "$2k", "and", "or", "to", "is", "dear"]), min_size=1
    )
)
@settings(max_examples=200, deadline=None)
def test_prices_in_any_order_are_no_formulas(words: list[str]):
    assert "".join(text_of(" ".join(words), 10_000)) == " ".join(words)


def test_formulas_within_a_line():
    assert text_of(r"So $x^2$, \(a_i \le b\), $$y = 1$$, \[ z = 2 \], $n$-th, ($0.5$) and [$a$](/to).", 100) == [
        "So x², aᵢ ≤ b, y = 1, z = 2, n-th, (0.5) and a."
    ]
    rows = lines_of(Document("**bold $a*b*c$** `$x^2$`\n", complete=True))
    assert [(span.text, span.style) for span in rows[0].spans] == [
        ("bold ", "md.strong"),
        ("a*b*c", "md.strong md.math"),
        (" ", ""),
        ("$x^2$", "md.code"),
    ]


def test_formulas_on_lines_of_their_own():
    assert text_of("so\n$$\na = b\n+ c\n$$\nand\n\\[\n\\frac{a}{b}\n\\]\n\n$$x^2$$.\n") == [
        *("so", "", "  a = b + c", "", "and", "", "  a/b", "", "  x².")
    ]
    assert [block.kind for block in Document("$$\nx\n$$\n", complete=True).blocks] == ["formula"]


def test_a_formula_that_is_not_closed_is_text_up_to_the_blank_line():
    assert text_of("$$\n- a\n- b\n\n*c*\n") == ["$$", "- a", "- b", "", "c"]
    assert text_of("\\[1]\n") == ["[1]"]
    assert text_of("\\[ x = \\frac{1\n\nc\n") == ["\\[ x = \\frac{1", "", "c"]
    assert text_of("$$\n" + "- a\n" * 70)[-1] == "• a", "and up to a number of lines"


def test_code_keeps_its_dollars():
    assert text_of("```\n$x^2$\n$$\n```\n\n    $x^2$\n") == ["  ⧉1", "  $x^2$", "  $$", "", "  ⧉2", "  $x^2$"]


@pytest.mark.parametrize("place", [str, quoted, item], ids=["plain", "quoted", "item"])
def test_formulas_stand_anywhere(place: object):
    assert callable(place)
    rows = text_of(str(place("a\n\n$$\nx^2\n$$\n\n| a |\n|---|\n| $x_1$ |\n")))
    text = "".join(row.replace("▎", "").replace("•", "") for row in rows)
    assert "x²" in text and "x₁" in text


ATOMS = st.sampled_from(
    [
        *"ab01 +-=^_{}[]&'\\~$#%,.\n\x00\x1b\u202e\u0301你𝐱\ud800",
        *(
            r"\frac",
            r"\sqrt",
            r"\hat",
            r"\left",
            r"\right",
            r"\begin{cases}",
            r"\end{cases}",
            r"\\",
            r"\text{",
            r"\sum",
        ),
        *(r"\mathbb", r"\not", r"\alpha", r"\sin", r"\to", r"\begin{align*}", r"\end{align*}", r"\binom", "{a}"),
    ]
)


@given(st.lists(ATOMS, max_size=40).map("".join), st.integers(1, 40))
@settings(max_examples=300, deadline=None)
def test_no_formula_raises_or_makes_a_control_character(source: str, width: int):
    text = to_unicode(source)
    made = set(text or "") - set(source)
    assert is_safe("".join(made)) and not any(unicodedata.category(character) == "Cf" for character in made)
    for markdown in (f"so ${source}$ is", f"$$\n{source}\n$$", f"\\[{source}\\]", f"\\({source}\\)"):
        rows = lines_of(Document(markdown, complete=True), width)
        assert width < 2 or max((cell_len(row.text) for row in rows), default=0) <= width
