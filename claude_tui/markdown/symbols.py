"""LaTeX's names and the characters for them: data alone."""

from collections.abc import Iterator


def _pairs(table: str) -> Iterator[tuple[str, str]]:
    words = table.split()
    return zip(words[::2], words[1::2], strict=True)


def _words(table: str) -> frozenset[str]:
    return frozenset(table.split())


LETTERS = dict(
    _pairs("""
    alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ
    nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ
    omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
    ell ℓ hbar ℏ hslash ℏ imath ı jmath ȷ Re ℜ Im ℑ aleph ℵ beth ℶ wp ℘ partial ∂ nabla ∇ infty ∞ emptyset ∅
    varnothing ∅ forall ∀ exists ∃ nexists ∄ neg ¬ lnot ¬ top ⊤ bot ⊥ angle ∠ measuredangle ∡ triangle △ square □
    Box □ blacksquare ■ qed ∎ degree ° circ ∘ prime ′ dagger † ddagger ‡ ldots … dots … cdots ⋯ dotsc … dotsb ⋯ vdots ⋮
    ddots ⋱ bullet • star ⋆ checkmark ✓ S § pounds £ euro € copyright © clubsuit ♣ diamondsuit ♢ heartsuit ♡
    spadesuit ♠ flat ♭ sharp ♯ natural ♮ AA Å aa å ae æ oe œ ss ß complement ∁ eth ð mho ℧ lbrace { rbrace } lbrack [
    rbrack ] langle ⟨ rangle ⟩ lceil ⌈ rceil ⌉ lfloor ⌊ rfloor ⌋ vert | Vert ‖ lvert | rvert | lVert ‖ rVert ‖
    backslash \\ therefore ∴ because ∵ surd √ R ℝ N ℕ Z ℤ Q ℚ C ℂ
    """)
)
"""Letters, signs and brackets: written as they are."""

SPACED = dict(
    _pairs("""
    le ≤ leq ≤ leqslant ⩽ ge ≥ geq ≥ geqslant ⩾ ne ≠ neq ≠ ll ≪ gg ≫ approx ≈ approxeq ≊ sim ∼ simeq ≃ cong ≅ equiv ≡
    propto ∝ prec ≺ succ ≻ preceq ⪯ succeq ⪰ in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ subsetneq ⊊ supset ⊃ supseteq ⊇
    nsubseteq ⊈ sqsubseteq ⊑ mid ∣ nmid ∤ parallel ∥ perp ⊥ vdash ⊢ dashv ⊣ models ⊨ vDash ⊨ asymp ≍ doteq ≐
    coloneqq ≔ triangleq ≜ lt < gt > to → rightarrow → gets ← leftarrow ← leftrightarrow ↔ Rightarrow ⇒ implies ⟹
    Leftarrow ⇐ impliedby ⟸ Leftrightarrow ⇔ iff ⟺ longrightarrow ⟶ longleftarrow ⟵ longleftrightarrow ⟷
    Longrightarrow ⟹ Longleftarrow ⟸ Longleftrightarrow ⟺ mapsto ↦ longmapsto ⟼ hookrightarrow ↪ hookleftarrow ↩
    twoheadrightarrow ↠ rightharpoonup ⇀ leftharpoonup ↼ rightleftharpoons ⇌ leadsto ⇝ rightsquigarrow ⇝
    uparrow ↑ downarrow ↓ updownarrow ↕ Uparrow ⇑ Downarrow ⇓ nearrow ↗ searrow ↘ swarrow ↙ nwarrow ↖ nrightarrow ↛
    times × cdot · div ÷ pm ± mp ∓ ast ∗ cup ∪ cap ∩ sqcup ⊔ sqcap ⊓ uplus ⊎ setminus ∖ smallsetminus ∖ wedge ∧ land ∧
    vee ∨ lor ∨ oplus ⊕ ominus ⊖ otimes ⊗ oslash ⊘ odot ⊙ amalg ⨿ ltimes ⋉ rtimes ⋊ bowtie ⋈ wr ≀ diamond ⋄ bmod mod
    """)
)
"""Relations, arrows and operators between two things: a blank on each side."""

BIG = dict(
    _pairs("""
    sum ∑ prod ∏ coprod ∐ int ∫ iint ∬ iiint ∭ oint ∮ bigcup ⋃ bigcap ⋂ bigvee ⋁ bigwedge ⋀ bigoplus ⨁ bigotimes ⨂
    bigodot ⨀ biguplus ⨄ bigsqcup ⨆
    """)
)

NAMES = _words("""
    sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan log ln lg exp lim limsup liminf max min sup inf
    det dim ker hom deg gcd arg Pr argmax argmin
""")
"""Functions: their own name, upright."""

SPACES = {
    **dict.fromkeys((",", ":", ";", " ", "thinspace", "medspace", "thickspace", "enspace", "space"), " "),
    **dict.fromkeys(("quad", "qquad"), "  "),
    **dict.fromkeys(("!", "negthinspace", "nobreak", "allowbreak"), ""),
}

IGNORED = _words("""
    displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits nonumber notag left right middle big Big bigg
    Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm rm hline hfill
""")

ALPHABETS = {
    "mathbb": ("DOUBLE-STRUCK",),
    "mathbf": ("BOLD",),
    "boldsymbol": ("BOLD",),
    "bm": ("BOLD",),
    "mathcal": ("SCRIPT",),
    "mathscr": ("SCRIPT",),
    "mathfrak": ("FRAKTUR", "BLACK-LETTER"),
}
"""Alphabets of their own, by what Unicode calls them."""

UPRIGHT = frozenset(("mathrm", "mathit", "mathsf", "mathtt", "mathnormal", "operatorname", "operatorname*"))
TEXT = frozenset(("text", "textbf", "textit", "textrm", "textsf", "texttt", "textnormal", "mbox", "hbox", "emph"))

ACCENTS = {
    "hat": "\u0302",
    "widehat": "\u0302",
    "bar": "\u0304",
    "overline": "\u0305",
    "underline": "\u0332",
    "vec": "\u20d7",
    "overrightarrow": "\u20d7",
    "dot": "\u0307",
    "ddot": "\u0308",
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "check": "\u030c",
    "breve": "\u0306",
    "acute": "\u0301",
    "grave": "\u0300",
    "mathring": "\u030a",
}
"""Marks set on one character; a line also on each of several."""

SUPERSCRIPTS = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδεθιφχ′∘",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᵋᶿᶥᵠᵡ′°",
        strict=True,
    )
)
SUBSCRIPTS = dict(
    zip(
        "0123456789+-−=()aehijklmnoprstuvxβγρφχ",
        "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ",
        strict=True,
    )
)

VULGAR = {
    ("1", "2"): "½",
    ("1", "3"): "⅓",
    ("2", "3"): "⅔",
    ("1", "4"): "¼",
    ("3", "4"): "¾",
    ("1", "5"): "⅕",
    ("1", "6"): "⅙",
    ("1", "8"): "⅛",
    ("3", "8"): "⅜",
}
ROOTS = {"2": "√", "3": "∛", "4": "∜"}

BRACKETS = {
    "matrix": ("", ""),
    "smallmatrix": ("", ""),
    "array": ("", ""),
    "pmatrix": ("(", ")"),
    "bmatrix": ("[", "]"),
    "Bmatrix": ("{", "}"),
    "vmatrix": ("|", "|"),
    "Vmatrix": ("‖", "‖"),
    "cases": ("{ ", ""),
}
"""Environments of cells: rows follow one another, parted by a semicolon."""

ROWS = frozenset(("align", "aligned", "alignat", "split", "gather", "gathered", "equation", "multline", "eqnarray"))
"""Environments whose rows are lines."""
