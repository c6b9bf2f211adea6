"""The keys each part of a request may have: written out from the published types, one row a type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """Keys that must be there, and keys that may."""

    required: frozenset[str]
    optional: frozenset[str]


def missing_and_extra(path: str, value: Mapping[str, object], shape: Shape) -> Iterator[str]:
    """What a value lacks of its shape, and what nobody knows in it."""
    prefix = f"{path}." if path else ""
    for key in sorted(shape.required - value.keys()):
        yield f"{prefix}{key}: Field required"
    for key in sorted(value.keys() - shape.required - shape.optional):
        yield f"{prefix}{key}: Extra inputs are not permitted"


def _shape(required: str, optional: str = "") -> Shape:
    return Shape(frozenset(required.split()), frozenset(optional.split()))


REQUEST = _shape(
    "model messages max_tokens",
    "cache_control container diagnostics inference_geo metadata output_config service_tier speed stop_sequences "
    "stream system thinking tool_choice tools user_profile_id",
)
COUNT = _shape("model messages", "cache_control output_config speed system thinking tool_choice tools user_profile_id")
BETA_KEYS = frozenset(("context_management", "mcp_servers", "compaction", "fallbacks", "thread"))
"""Top-level keys that a beta header opens; what they say is not checked."""
SAMPLING = ("temperature", "top_p", "top_k")

MESSAGE = _shape("role content")
CACHE_CONTROL = _shape("type", "ttl")
METADATA = _shape("", "user_id")
DIAGNOSTICS = _shape("", "previous_message_id")
CONTAINER = _shape("", "id skills")
OUTPUT_CONFIG = _shape("", "effort format")
OUTPUT_FORMAT = _shape("type schema")
THINKING = {
    "enabled": _shape("type budget_tokens", "display"),
    "adaptive": _shape("type", "display"),
    "disabled": _shape("type"),
    "between_tools": _shape("type"),
}
TOOL_CHOICE = {
    "auto": _shape("type", "disable_parallel_tool_use"),
    "any": _shape("type", "disable_parallel_tool_use"),
    "tool": _shape("type name", "disable_parallel_tool_use"),
    "none": _shape("type"),
}

_SERVER_RESULT = _shape("type tool_use_id content", "cache_control")
BLOCKS = {
    "text": _shape("type text", "cache_control citations"),
    "image": _shape("type source", "cache_control transformations"),
    "document": _shape("type source", "cache_control citations context title"),
    "search_result": _shape("type content source title", "cache_control citations"),
    "thinking": _shape("type thinking signature"),
    "redacted_thinking": _shape("type data"),
    "tool_use": _shape("type id name input", "cache_control caller toolset_name"),
    "tool_result": _shape("type tool_use_id", "cache_control content is_error toolset_name"),
    "tool_reference": _shape("type tool_name", "cache_control"),
    "server_tool_use": _shape("type id name input", "cache_control caller"),
    "web_search_tool_result": _shape("type tool_use_id content", "cache_control caller"),
    "web_fetch_tool_result": _shape("type tool_use_id content", "cache_control caller"),
    "code_execution_tool_result": _SERVER_RESULT,
    "bash_code_execution_tool_result": _SERVER_RESULT,
    "text_editor_code_execution_tool_result": _SERVER_RESULT,
    "tool_search_tool_result": _SERVER_RESULT,
    "container_upload": _shape("type file_id", "cache_control"),
}

IN_USER = frozenset(("text", "image", "document", "search_result", "tool_result", "container_upload"))
IN_ASSISTANT = frozenset(BLOCKS) - {"image", "document", "search_result", "tool_result", "tool_reference"}
IN_TOOL_RESULT = frozenset(("text", "image", "document", "search_result", "tool_reference", "browser_state"))

SERVER_RESULTS = {
    "web_search": "web_search_tool_result",
    "web_fetch": "web_fetch_tool_result",
    "code_execution": "code_execution_tool_result",
    "bash_code_execution": "bash_code_execution_tool_result",
    "text_editor_code_execution": "text_editor_code_execution_tool_result",
    "tool_search_tool_regex": "tool_search_tool_result",
    "tool_search_tool_bm25": "tool_search_tool_result",
    "advisor": "advisor_tool_result",
}

_BASE64 = _shape("type media_type data")
_URL = _shape("type url")
_FILE = _shape("type file_id")
IMAGE_SOURCES = {"base64": _BASE64, "url": _URL, "file": _FILE}
IMAGE_TYPES = frozenset(("image/jpeg", "image/png", "image/gif", "image/webp"))
DOCUMENT_SOURCES = {
    "base64": _BASE64,
    "text": _BASE64,
    "content": _shape("type content"),
    "url": _URL,
    "file": _FILE,
}
DOCUMENT_TYPES = {"base64": "application/pdf", "text": "text/plain"}

_CITED = "type cited_text document_index document_title"
CITATIONS = {
    "char_location": _shape(f"{_CITED} start_char_index end_char_index", "file_id"),
    "page_location": _shape(f"{_CITED} start_page_number end_page_number", "file_id"),
    "content_block_location": _shape(f"{_CITED} start_block_index end_block_index", "file_id"),
    "web_search_result_location": _shape("type cited_text encrypted_index title url"),
    "search_result_location": _shape(
        "type cited_text search_result_index source start_block_index end_block_index title"
    ),
}

CUSTOM_TOOL = _shape(
    "name input_schema",
    "type description cache_control allowed_callers defer_loading eager_input_streaming input_examples strict",
)


@dataclass(frozen=True, slots=True)
class KnownTool:
    """A tool version of Anthropic's: its one name, its keys, and the first generation of models that takes it."""

    name: str | None
    optional: frozenset[str]
    since: int = 40


_TOOL = "cache_control allowed_callers defer_loading strict"
_EXAMPLES = f"{_TOOL} input_examples"
_SEARCH = f"{_TOOL} allowed_domains blocked_domains max_uses user_location"
_FETCH = f"{_TOOL} allowed_domains blocked_domains citations max_content_tokens max_uses url_sources"


def _known(name: str | None, optional: str, since: int = 40) -> KnownTool:
    return KnownTool(name, frozenset(optional.split()), since)


# The rule for versions, where the documentation gives none for a model: tools dated 2025 work everywhere; the
# versions of January to March 2026 need Claude 4.6, which came with them; later ones need Claude 5.
KNOWN_TOOLS = {
    "web_search_20250305": _known("web_search", _SEARCH),
    "web_search_20260209": _known("web_search", _SEARCH, 46),
    "web_search_20260318": _known("web_search", f"{_SEARCH} response_inclusion", 46),
    "web_fetch_20250910": _known("web_fetch", _FETCH),
    "web_fetch_20260209": _known("web_fetch", _FETCH, 46),
    "web_fetch_20260309": _known("web_fetch", f"{_FETCH} use_cache", 46),
    "web_fetch_20260318": _known("web_fetch", f"{_FETCH} use_cache response_inclusion", 46),
    "code_execution_20250522": _known("code_execution", _TOOL),
    "code_execution_20250825": _known("code_execution", _TOOL),
    "code_execution_20260120": _known("code_execution", _TOOL, 46),
    "code_execution_20260521": _known("code_execution", _TOOL, 50),
    "memory_20250818": _known("memory", _EXAMPLES),
    "bash_20250124": _known("bash", _EXAMPLES),
    "text_editor_20250124": _known("str_replace_editor", _EXAMPLES),
    "text_editor_20250429": _known("str_replace_based_edit_tool", _EXAMPLES),
    "text_editor_20250728": _known("str_replace_based_edit_tool", f"{_EXAMPLES} max_characters"),
    "tool_search_tool_bm25_20251119": _known("tool_search_tool_bm25", _TOOL),
    "tool_search_tool_bm25": _known("tool_search_tool_bm25", _TOOL),
    "tool_search_tool_regex_20251119": _known("tool_search_tool_regex", _TOOL),
    "tool_search_tool_regex": _known("tool_search_tool_regex", _TOOL),
    "computer_toolset_20260801": _known(None, "cache_control configs", 50),
    "browser_toolset_20260801": _known(None, "cache_control configs", 50),
}
