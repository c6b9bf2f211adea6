"""What a model that does not go on as it was asked to yields: joined, marked, and kept as it came."""

from __future__ import annotations

from dataclasses import replace

import pytest

from claude_tui.core.conversation import Join, Node
from claude_tui.core.events import decode
from claude_tui.core.message import TextBlock
from claude_tui.core.pieces import pieces
from claude_tui.core.reply import Reply, fold
from claude_tui.core.resume import plan
from claude_tui.core.seam import anchor_of
from claude_tui.core.view import Exchange, exchange, exchanges

from ..support.streams import reply_events
from ..support.talk import Talk, assistant, refused, settings, user

CUT = (
    "# Salt\n\nSalt comes from the rocks. Rain is a little sour, so it takes a little of every hill with it.\n\n"
    "The rivers carry it down to the sea, year after year, and the sea gives ba"
)
LONG = CUT.replace("# Salt", "# Salt\n\n" + "A first paragraph, which says what the others will say. " * 12)
CODE = "Count it:\n\n```python\nfor year in range(10**9):\n    sea += river\n    sea -"
IN_LIST = "1. Count it:\n\n   ```python\n   for year in range(10**9):\n       sea += ri"
IN_QUOTE = "> Count it:\n>\n> ```python\n> for year in range(10**9):\n>     sea += ri"
REPETITION = "He laughed: " + "ha ha " * 40

ANSWERS: dict[str, tuple[str, str, str]] = {
    "it does not repeat anything": (
        CUT,
        "ck only the water.",
        "… and the sea gives ba⟦it did not repeat its last words⟧ck only the water.",
    ),
    "it says a few words first": (
        CUT,
        "Of course! Here is the rest:\n\n" + CUT[-120:].lstrip() + "ck only the water.",
        "… and the sea gives ba⟦⟧ck only the water.",
    ),
    "it writes the white space otherwise": (
        CUT,
        anchor_of(CUT)[0].replace("\n\n", "\n").replace("year after", "year  after") + "ck only the water.",
        "… and the sea gives ba⟦⟧ck only the water.",
    ),
    "it repeats less than it was asked to": (
        CUT,
        "and the sea gives back only the water.",
        "… and the sea gives ba⟦⟧ck only the water.",
    ),
    "it repeats the last paragraph": (
        CUT,
        "The rivers carry it down to the sea, year after year, and the sea gives back only the water.",
        "… and the sea gives ba⟦⟧ck only the water.",
    ),
    "it paraphrases": (
        CUT,
        "Rivers take it to the sea, which returns nothing but water.",
        (
            "… and the sea gives ba⟦it did not repeat its last words⟧"
            "Rivers take it to the sea, which returns nothing but water."
        ),
    ),
    "it starts anew from the top of a short reply": (
        CUT,
        CUT + "ck only the water.",
        "… and the sea gives ba⟦⟧ck only the water.",
    ),
    "it starts anew from the top of a long reply": (
        LONG,
        LONG + "ck only the water.",
        "… and the sea gives ba⟦it began again from the top⟧\n\n" + LONG + "ck only the water.",
    ),
    "it apologises": (
        CUT,
        "I'm sorry, I cannot see an earlier reply. What would you like to know?",
        (
            "… and the sea gives ba⟦it did not repeat its last words⟧"
            "I'm sorry, I cannot see an earlier reply. What would you like to know?"
        ),
    ),
    "it answers in another language": (
        CUT,
        "Das Meer gibt nur das Wasser zurück; das Salz bleibt.",
        (
            "… and the sea gives ba⟦it did not repeat its last words⟧"
            "Das Meer gibt nur das Wasser zurück; das Salz bleibt."
        ),
    ),
    "it says nothing": (CUT, "", "… and the sea gives ba"),
    "it opens the fence again": (
        CODE,
        "```python\n= evaporated\n```\n",
        "…     sea -⟦⟧= evaporated\n```\n",
    ),
    "it opens the fence again and repeats a line": (
        CODE,
        "```python\n    sea += river\n    sea -= evaporated\n```\n",
        "…     sea -⟦⟧= evaporated\n```\n",
    ),
    "it opens the fence again and repeats the line that was cut": (
        CODE,
        "```py\n    sea -= evaporated\n```\n",
        "…     sea -⟦⟧= evaporated\n```\n",
    ),
    "it opens the fence again and repeats all of it": (
        CODE,
        "Here is all of it:\n\n```python\nfor year in range(10**9):\n    sea += river\n    sea -= evaporated\n```\n",
        "…     sea -⟦⟧= evaporated\n```\n",
    ),
    "it closes the fence": (
        CODE + "= evaporated\n",
        "```\n\nThat is all.",
        ("…     sea -= evaporated\n⟦it did not repeat its last words⟧```\n\nThat is all."),
    ),
    "it opens a fence in a list again": (
        IN_LIST,
        "   ```python\n   for year in range(10**9):\n       sea += river\n   ```\n",
        "…        sea += ri⟦⟧ver\n   ```\n",
    ),
    "it opens a fence in a list again and repeats one line": (
        IN_LIST,
        "```python\n       sea += river\n   ```\n",
        "…        sea += ri⟦⟧ver\n   ```\n",
    ),
    "it opens a fence in a quote again and repeats a line": (
        IN_QUOTE,
        "> ```python\n>     sea += river\n> ```\n",
        "… >     sea += ri⟦⟧ver\n> ```\n",
    ),
    "it repeats a repetition": (
        REPETITION,
        # How much of it is said again cannot be told without the anchor; with it, it can.
        REPETITION[-60:] + "ha! And then he stopped.",
        "… ha ha ⟦⟧! And then he stopped.",
    ),
}


def noted(found: Exchange) -> str:
    """The joined text with what is said at its seams."""
    written = ""
    for part in found.parts:
        text = str(part.flow)
        for mark in reversed(part.seams):
            said = mark.note("cut", "later").removesuffix(f"cut after {mark.offset:,} characters · later")
            text = f"{text[: mark.offset]}⟦{said.removesuffix(' · ')}⟧{text[mark.offset :]}"
        written += ("\n\n" if written else "") + text
    return written


@pytest.mark.parametrize("name", ANSWERS)
def test_what_an_unfaithful_model_yields(name: str) -> None:
    before, answer, expected = ANSWERS[name]
    talk = Talk([user("u"), assistant("a", before, stop_reason=None)])
    assert talk.request(settings()) is not None
    shown = before
    snapshots = talk.snapshots(reply_events([{"type": "text", "text": answer}], size=5))
    for reply in snapshots:
        node = talk.waiting
        text = exchange(talk.path[0], [*talk.path[1:], node], {node.id: reply}).text
        assert text.startswith(shown), "what was painted was taken back"
        shown = text
    talk.answered(snapshots[-1])
    found = exchanges(talk.path)[-1]
    assert found.text == shown
    result = noted(found)
    kept = expected.removeprefix("… ") if expected.startswith("… ") else expected
    assert result.endswith(kept) and result.split("⟦")[0] == before
    # The pieces are as they came, and no more of them is left out than their seam says.
    first, second = pieces(talk.path)
    assert (first.text, second.text) == (before, answer)
    assert before + second.text[second.cut :] == shown.replace(before + "\n\n", before, 1)
    # And the conversation goes on.
    talk.ask("And sugar?")
    request = talk.request(settings())
    assert request is not None and refused(request) == []


RESENDS = [
    ("Salt comes", "Salt comes from the rocks.", "Salt comes from the rocks."),
    ("Salt comes ", "Salt comes\nfrom the rocks.", "Salt comes from the rocks."),
    ("\nSalt", "Salt comes from the rocks.", "\nSalt comes from the rocks."),
    ("Salt", "\n\n Salt comes from the rocks.", "Salt comes from the rocks."),
    (
        "Salt comes",
        "Salt is",
        "Salt comes⟦asked again, it began differently⟧\n\nSalt is",
    ),
    ("Salt  \n", "\nSugar", "Salt⟦asked again, it began differently⟧  \n\n\nSugar"),
    ("  \n", "Salt", "  \nSalt"),
    ("", "Salt", "Salt"),
]


@pytest.mark.parametrize(("shown", "again", "expected"), RESENDS)
def test_a_resend_goes_on_where_it_begins_the_same_and_draws_a_seam_where_it_does_not(
    shown: str, again: str, expected: str
) -> None:
    stub = assistant("a", *([shown] if shown else []), stop_reason=None)
    talk = Talk([user("u"), stub])
    request = talk.request(settings())
    assert request is not None and talk.join == Join(replaces=True)
    painted = shown
    for reply in talk.snapshots(reply_events([{"type": "text", "text": again}], size=1)):
        node = talk.waiting
        found = exchange(talk.path[0], [*talk.path[1:], node], {node.id: reply})
        assert found.text.startswith(painted), "what was painted was taken back"
        painted = found.text
        # What is held back is on the screen already: no clock is needed to let it go.
        came = "".join(block.text for block in reply.content if isinstance(block, TextBlock))
        assert painted.split()[-len(came.split()) or None :] == came.split() or "".join(came.split()) in "".join(
            shown.split()
        )
    talk.answered(reply)
    assert noted(exchanges(talk.path)[-1]) == expected
    assert [piece.text for piece in pieces(talk.path)] == [shown, again]


def test_what_began_differently_is_the_text_that_is_gone_on_from() -> None:
    """The words before it were never sent: an anchor of both would be one the model never said."""
    talk = Talk([user("u"), assistant("a", "A dozen words ", stop_reason=None)])
    talk.request(settings())
    talk.answer(reply_events([{"type": "text", "text": "Other words."}])[:-2])
    step = plan(talk.path, settings())
    assert step is not None and step.name == "resend"
    talk.step(step, settings())
    talk.answer(reply_events([{"type": "text", "text": "Other words. And many more of them came then."}])[:-3])
    step = plan(talk.path, settings())
    assert step is not None and step.name == "ask"
    assert step.join.anchor == "Other words. And many more of them came then."
    request = talk.step(step, settings())
    assert refused(request) == []
    assert [block["text"] for block in request.params["messages"][1]["content"]] == [step.join.anchor]


def test_a_seam_before_a_card_that_stands_there_is_still_marked() -> None:
    cut = assistant("a", CUT, stop_reason=None)
    step = plan([user("u"), cut], settings())
    assert step is not None and step.ask is not None
    ask = Node("c", None, "user", (TextBlock(step.ask),), "continue", join=step.join)
    rest = replace(assistant("b", LONG), join=replace(step.join, anchor="words that never come, so many of them"))
    found = exchange(user("u"), [cut, ask, rest], {})
    assert [mark.manner for part in found.parts for mark in part.seams] == ["joined"]
    reply = Reply()
    for data in reply_events([{"type": "text", "text": CUT + " And so on."}]):
        reply = fold(reply, decode(data))
    assert exchange(user("u"), [cut, ask, replace(rest, content=(), status="streaming")], {"b": reply}).text == CUT
