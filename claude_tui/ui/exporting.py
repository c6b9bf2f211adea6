"""A conversation written to a file the person named."""

from __future__ import annotations

import json
from pathlib import Path

from ..core.conversation import Conversation
from ..errors import ClaudeTuiError
from ..exchange import file_name, masked, to_json, to_markdown, told
from ..files import cause, write_private


def export(conversation: Conversation, name: str) -> str:
    """Write it to the file of that name, or to one named after its title; what became of it, in a sentence."""
    try:
        target = Path(name or file_name(conversation.title, "md")).expanduser()
        if target.suffix not in (".md", ".json"):
            return "An export is .md or .json: /export FILE.md"
        if target.exists():
            return f"{target} is there already; it is not overwritten."
        if target.suffix == ".json":
            data, count = masked(to_json(conversation))
            text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
        else:
            text, count = masked(to_markdown(conversation))
        write_private(target.resolve(), text.encode("utf-8", "replace"))
    except OSError as error:
        return f"{name or 'The export'} cannot be written: {cause(error)}."
    except (RuntimeError, ValueError):  # nobody's home folder, a name with a NUL
        return f"{name} is no place to write to."
    except ClaudeTuiError as error:
        return str(error)
    return f"Written to {target.resolve()}. {told(count)}".rstrip()
