"""A conversation written to a file the person named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...attachments.naming import one_path
from ...core.attached import ReadFile
from ...core.conversation import Conversation, Marks
from ...errors import ClaudeTuiError
from ...exchange import file_name, told
from ...exchange.files_along import beside, write_beside
from ...exchange.rendering import FORMATS, Wanted, counterpart, rendered
from ...files import cause, write_private
from ...theme_values import ThemeSpec

WITH_FILES = "--with-files"
"""Behind the name of a file: attached files go along."""


def export(
    conversation: Conversation,
    name: str,
    theme: ThemeSpec,
    themes: dict[str, ThemeSpec],
    draft: str = "",
    marks: Marks | None = None,
    files: ReadFile | None = None,
) -> str:
    """Write it to the file of that name, or to one named after its title; what became of it, in a sentence."""
    with_files = name.endswith(WITH_FILES)
    name = one_path(name.removesuffix(WITH_FILES).strip())
    try:
        target = Path(name or file_name(conversation.title, "md")).expanduser()
        if target.suffix[1:] not in FORMATS:
            return "An export is .md, .html or .json: /export FILE.md"
        if target.exists():
            return f"{target} is there already; it is not overwritten."
        format: Any = target.suffix[1:]
        places = beside(conversation, target.name) if with_files and format == "md" and files is not None else {}
        if places and (folder := target.resolve().parent / Path(next(iter(places.values()))).parent).exists():
            return f"{folder} is there already; it is not overwritten."
        wanted = Wanted(
            format,
            themes=(theme, counterpart(theme, themes)),
            files=files,
            with_files=with_files,
            beside=places,
        )
        text, count = rendered(conversation, wanted, draft, marks)
        write_private(target.resolve(), text.encode("utf-8", "replace"))
        lost = write_beside(places, target.resolve().parent, files) if files is not None else []
    except OSError as error:
        return f"{name or 'The export'} cannot be written: {cause(error)}."
    except (RuntimeError, ValueError):  # nobody's home folder, a name with a NUL
        return f"{name} is no place to write to."
    except ClaudeTuiError as error:
        return str(error)
    missing = f"Lost, and so not written: {', '.join(lost)}. " if lost else ""
    return f"Written to {target.resolve()}. {missing}{told(count)}".rstrip()
