"""What the tests of this room share."""

from rich.cells import cell_len

from claude_tui.markdown import Document, Line


def lines_of(document: Document, width: int = 60) -> list[Line]:
    """Every line of a document, a gap as an empty one."""
    found: list[Line] = []
    for block in document.blocks:
        found += [Line(())] * block.gap
        found += block.lines(width, cell_len)
    return found


def text_of(source: str, width: int = 60) -> list[str]:
    """The rows of a complete document as plain text, blanks at their ends removed."""
    return [line.text.rstrip() for line in lines_of(Document(source, complete=True), width)]


def stream(source: str, cuts: list[int]) -> Document:
    """A document fed in pieces, parsed after each, with what must hold after each checked."""
    document = Document()
    frozen: list[object] = []
    begin = 0
    for end in [*sorted(cut for cut in cuts if cut < len(source)), len(source)]:
        document.append(source[begin:end])
        begin = end
        blocks = document.blocks
        assert all(one is other for one, other in zip(frozen, blocks, strict=False)), "a frozen block changed"
        assert len(frozen) <= document.frozen <= len(blocks)
        frozen = list(blocks[: document.frozen])
    assert document.source == source
    return document


def quoted(source: str, prefix: str = "> ") -> str:
    return "".join(f"{prefix}{line}\n" for line in source.removesuffix("\n").split("\n"))


def item(source: str, marker: str = "- ") -> str:
    return marker + ("\n" + " " * len(marker)).join(source.removesuffix("\n").split("\n")) + "\n"
