"""The texts of the demo. Only words: which one is said when is decided in `script.py`."""

from __future__ import annotations

MENU = """\
| say | and you see |
|---|---|
| **tour** | this page again |
| **why** or **think** | a short essay, with the thinking before it |
| **markdown** | a long page with everything that can be drawn |
| **time**, **calculate 17 * 4**, or both | a tool call, once `/tools all` has switched the tools on |
| **search** | a web search with sources |
| **pause**, **refuse** | the two rarer ways a turn can end |
| **drop**, **stall**, **error**, **eof** | a reply that breaks in the middle, and goes on |
| **overload**, **rate limit** | a server that is busy, and then is not |
"""

TOUR = f"""\
# Welcome

This is **claude-tui** talking to its own little server. Nothing you type here leaves this machine, and no key \
is needed. The answers are written in advance; everything else is the real thing: the requests, the stream, the \
disk, the keys.

## Keys worth knowing first

- **Enter** sends. **Ctrl+J** breaks the line, and so do Shift+Enter and Alt+Enter where the terminal tells them apart.
- **Esc** stops a reply at once. What has arrived stays. Then one key, or `/continue`, goes on *in the same sentence*.
- **PageUp** and **PageDown** scroll while the cursor stays in the prompt. When you have scrolled away, new lines \
arrive quietly below, and **End** takes you back to them.
- **/** opens the commands, **Ctrl+P** the palette, which finds the same things by name.
- **Ctrl+O** opens the list of conversations. Every one of them is kept, and each can be searched.
- **F1** shows all keys, **Ctrl+Q** quits. A reply that was under way is offered again the next time.

## What you are looking at

Thinking and tool calls are folded to one line each; open one and it stays open. The status line says, from left to \
right, which model answers and how hard it tries, what it is doing and how fast, the tokens up and down, how much came \
from the cache, what this reply and this conversation cost, and how full the context is. Money that is only estimated \
says so with a `≈`.

Try it now: press **Esc** while this sentence is still being written, read as far as it got, and continue it.

## What else to say

{MENU}
When you leave, `claude-tui --demo -c` takes you back into the last conversation, exactly where it was.
"""

TOUR_THINKING = (
    "Somebody is new here. They will want to know the keys first, then what the screen says, and then what there is "
    "to try. I keep it to one page, and leave them a sentence that is worth interrupting."
)

ESSAY = """\
The simplest question about the night sky is also one of the oldest: **why is it dark?**

It sounds like a child's question, and the child's answer, *because the sun has set*, is not good enough. If space \
went on for ever, filled evenly with stars, then every line of sight would end on the surface of one, as every line \
of sight in a deep enough forest ends on a trunk. Distant stars are fainter, but there are more of them: with \
distance the light of each falls with the square, and their number grows with the square. The two cancel. The whole \
sky should glow like the face of the sun.

Kepler saw the difficulty in 1610. Halley worried about it, Chéseaux calculated it, and Olbers, in 1823, had his name \
attached to it. Their favourite escape was dust: something must absorb the light. But dust that absorbs light for \
long enough grows warm, and in the end shines as brightly as what it hides.

The first to say the right thing in print was a poet. In *Eureka*, in 1848, Edgar Allan Poe supposed that the distance \
to the background is "so immense that no ray from it has yet been able to reach us at all". That is the answer, or the \
larger part of it:

1. **The universe has an age.** Light has had some 13.8 billion years to travel. We see a ball of that depth, and it \
does not hold nearly enough stars to cover the sky.
2. **Stars have an age too.** They burn out long before they could fill space with light.
3. **Space stretches.** What comes from farthest away arrives reddened and weakened.

So the darkness is not an absence of information. Each time you look up between two stars, you look at a time before \
there were any. And the line of sight does end on something after all: on the glow of the young, hot universe, \
stretched a thousandfold into microwaves. The night sky *is* bright, everywhere, in a colour we cannot see.

> The dark between the stars is the oldest thing you will ever look at.

It is a good habit to ask such a question of anything that seems too plain to explain.
"""

ESSAY_THINKING = """\
They want a reason, or they want to see me think. A good question for a short essay is one that everybody could have \
asked and few did. Olbers' paradox: why is the sky dark at night?

Let me get the argument right. Shells of equal thickness: the number of stars in a shell grows as r², the light of \
each falls as 1/r², so each shell adds the same. Infinitely many shells, infinitely bright; allowing for stars in \
front of others, as bright as a star's surface. Dust fails, because it heats up.

History: Kepler 1610, Halley 1721, Chéseaux 1744, Olbers 1823, Poe's Eureka 1848, Kelvin 1901 with the first real \
calculation. I leave out Kelvin, although he deserves better.

The resolution: mostly the finite age; expansion helps. The microwave background makes a good ending, since it turns \
the answer round: the sky is not dark at all. About three paragraphs, a list of three, one line to keep.\
"""

MARKDOWN = """\
# A field guide to what can be drawn

Everything below arrives as plain Markdown, a few characters at a time, and is drawn while it arrives. Resize the \
window in the middle of it. Scroll away and come back. Stop it, and go on.

## Words

Plain, **strong**, *emphasised*, ***both***, ~~struck out~~, `inline code`, and a \
[link that says where it goes](https://commonmark.org/help/). An address on its own works too: \
<https://en.wikipedia.org/wiki/VT100>.

A line can end\x20\x20
where the writer wants it to.

---

## Lists

- A list
    - may hold a list
        - which may hold another
          and go on in a second line
    - and come back
- to where it began

1. First things first.
2. Then code, inside an item:

   ```sh
   claude-tui -p "How deep can a list go?" | tee answer.md
   ```

3. And a paragraph after it, still in the third item, long enough that it has to be broken somewhere, at eighty \
columns or at forty, without losing its place under the number it belongs to.

- [x] Keep every word that arrives
- [x] Survive a dropped connection
- [ ] Explain to the cat why the screen moves

## A table

| Year | Terminal        | Columns × lines |          What it brought |
|:-----|:----------------|:---------------:|-------------------------:|
| 1969 | Datapoint 3300  |     72 × 25     | a screen instead of paper |
| 1975 | DEC VT52        |     80 × 24     |         scrolling *back* |
| 1978 | DEC VT100       | 80 × 24, 132 × 14 |       `ESC [` as we know it |
| 1983 | DEC VT220       |     80 × 24     |       accents, and soft fonts |

## Code

```python
from collections.abc import Iterator


def collatz(n: int) -> Iterator[int]:
    \"\"\"Where this ends is an open question.\"\"\"
    while n != 1:
        yield n
        n = n // 2 if n % 2 == 0 else 3 * n + 1


print(max(range(1, 1000), key=lambda n: sum(1 for _ in collatz(n))))  # 871
```

```rust
fn main() {
    let words = ["calm", "column", "nothing", "boxed"];
    let longest = words.iter().max_by_key(|word| word.len());
    println!("{}", longest.unwrap_or(&"none")); // nothing
}
```

```json
{"model": "claude-opus-5-5", "stream": true, "messages": [{"role": "user", "content": "Hello"}]}
```

```diff
- for word in reply: print(word)
+ journal.append(word)   # on disk first
+ screen.show(word)      # and only then
```

```
 no language at all:    ┌──────┐   ┌──────┐
                        │ wire │──▶│ disk │──▶ screen
                        └──────┘   └──────┘
```

## Quotes

> The purpose of computing is insight, not numbers.
>
> > Quoted within: *and the purpose of a terminal is to stay out of the way.*
>
> - Even a list
> - may stand in a quote.

## Other scripts

| Language | A greeting |
|---|---|
| 日本語 | こんにちは、世界。端末で読む文章も美しくあるべきです。 |
| 中文 | 你好，世界。每个字占两格，表格依然整齐。 |
| 한국어 | 안녕하세요, 세계! |
| Ελληνικά | Καλημέρα κόσμε |
| Русский | Здравствуй, мир |
| Türkçe | Merhaba dünya, ığdır |

Emoji, one cell or two, alone and joined: ✨ 🦊 🌍 👩‍🚀 👨‍👩‍👧 🏳️‍🌈 ❤️ 🇯🇵, and letters that carry their marks with \
them: é (one), é (two), ñ, å, ệ.

### A long line without a place to break

`aVeryLongIdentifierThatSomebodyGeneratedAndNobodyShouldEverHaveToReadButHereItIsInItsFullGloryWithoutOneSpace`

### And the end

That was every kind of block there is. If any of it looked wrong in your terminal, `/export` writes what was received, \
exactly, and that is the best thing to put into a bug report. 🐛
"""

MARKDOWN_THINKING = (
    "A page with one of everything: headings, nested and task lists, a table with alignment, code in several "
    "languages, a quote in a quote, wide characters, joined emoji. An unbreakable line too; those find the bugs."
)

SEARCH_OPENING = "I'll look that up.\n\n"
SEARCH_PARTS: tuple[tuple[str, int | None], ...] = (
    ("Here is what I found about the terminal that all others still imitate.\n\n", None),
    ("The VT100 was introduced by Digital Equipment Corporation in August 1978", 0),
    (". ", None),
    ("It was among the first to follow the ANSI standard for escape sequences, as programs still do", 1),
    (".\n\nIts screen had ", None),
    ("24 lines of 80 columns, or 14 of 132 without the extra memory board", 2),
    (".\n\n", None),
    ("The pages are part of the demo and exist nowhere else; what they say is true.\n", None),
)
SEARCH_PAGES: tuple[tuple[str, str, str], ...] = (
    ("https://example.com/demo/vt100", "The VT100 (demo page)", "The VT100 was introduced in August 1978 by DEC."),
    ("https://example.com/demo/ansi", "Escape sequences (demo page)", "It was one of the first to follow ANSI X3.64."),
    ("https://example.com/demo/screen", "Inside the screen (demo page)", "24 lines of 80 columns, or 14 lines of 132."),
)
SEARCH_OFF = """\
I would search the web for that, but no search tool was offered with your message.

Switch it on with `/tools`, choose **web search**, and say **search** again. You will then see the query, the pages it \
found, folded to one line, and numbered sources in the answer. In this demo the pages are invented; the way they \
arrive is not.
"""

TOOLS_OFF = """\
I could call a tool for that, but none that fits was offered with your message.

`/tools` shows the tools there are, and which of them are switched on. When one is on, ask again: the call \
and its result stand in a card that folds.
"""
TIME_OPENING = "Let me look at the clock.\n\n"
SUM_OPENING = "Let me work that out rather than guess.\n\n"
BOTH_OPENING = "Two things at once, then: the clock and the sum.\n\n"
TOOL_THINKING = "I could answer from memory, but a tool knows better. I ask for it and wait for what it says."
TOOL_CLOSING = """
The call and its result are folded above; open the line to see exactly what was asked and what came back.
"""
TOOL_FAILED = """\
That did not work; this is what I was told:

> {said}

Nothing was done twice, and nothing is half done. You can ask again, or say something else.
"""

PAUSE_FIRST = "This takes several steps, so I begin with a search, and the server pauses the turn after it.\n\n"
PAUSE_SECOND = """\
And here the turn goes on. Between the two paragraphs the server ended its answer with `pause_turn`, and the app sent \
everything back, unchanged, to let it continue. That happens in long research, up to ten times in a row, and you \
should not have noticed more than a moment's wait.
"""

REFUSAL = "I can begin to answer this, but"
REFUSAL_EXPLANATION = "This is the demo of a refusal. Nothing was wrong with the question."

FAULTS_TEXT = """\
You asked for {what}, so here is a text that will not reach its end in one piece. {how}

Watch the seam. When the connection is lost, nothing that you have read is lost with it: each word was on disk before \
it was on the screen. The app then sends the conversation again, with the last words quoted, or the whole partial \
answer where the model allows it, and asks to go on from exactly there. What comes back is compared with what is \
already here. The repeated words are cut away, and the rest is joined on, in the middle of a sentence, of a list, of \
a word if need be.

1. The first item of a list that will probably be cut.
2. The second, which mentions that after a fault a reply goes on by itself once; after that it waits for a key.
3. The third, for good measure, with `some code` in it.

If you read this line, the two halves are one text again. The seam is drawn thin, and the raw pieces are kept: nothing \
was repeated, and nothing is missing. That is the promise, and you have just tested it.
"""
FAULTS: dict[str, tuple[str, str]] = {
    "drop": ("a dropped connection", "Somewhere below, the line goes dead with a reset."),
    "stall": ("a stall", "Somewhere below, the server falls silent and stays so; the age of the last byte is shown."),
    "error": ("an error in the middle", "Somewhere below, the server reports that it is overloaded and ends."),
    "eof": ("an early end", "Somewhere below, the stream ends politely, without ever saying that it is finished."),
}

BUSY = """\
And now it works. Before this answer the server refused {times}, with {what}. The app waited as long as it was told, \
showed you the time running down, and would have stopped at once for **Esc**. Nothing was charged for the refusals.

A request is only repeated by itself while nothing of the answer has arrived. Once there are words on the screen, the \
app continues them instead, and never throws them away.
"""

ANYTHING = """\
You said “{quote}”, and I would like to give that the answer it deserves. But this is the **demo**: no model is \
listening, only a small server on your own machine that knows a few pages by heart.

What it can do is show you how a conversation feels here. Each reply comes as it would from the real service, in small \
pieces and at a human pace, with the thinking before it, the usage after it, and now and then a fault. You can stop \
it, continue it, fork it, search it and export it.

Here is what I understand:

{menu}
For real answers, start `claude-tui` without `--demo` and with a key in `ANTHROPIC_API_KEY`. Conversations of the demo \
are kept apart from yours.
"""
ANYTHING_THINKING = (
    "This is nothing that I know by heart. I should say so plainly, not pretend, and show what there is to try."
)
FIRST_ANSWER = """\
You said “{quote}”. The real Claude would answer that; I am only the **demo**, so let me show you around instead.

"""
SHORT_THINKING = "The demo knows this one. I say what will happen, so that it can be watched while it does."
