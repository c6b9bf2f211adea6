"""What can go wrong at an edge, as a short tree with a sentence for a person.

    ClaudeTuiError
    ├── ConfigError      a setting that stops the start
    ├── StoreError       the conversations cannot be opened or kept
    └── ApiError         a request that did not begin, or cannot go on

An interrupted reply is a state, not an exception.
"""

from __future__ import annotations


class ClaudeTuiError(Exception):
    """The base: ``str(error)`` is one sentence that can be shown as it is."""


class ConfigError(ClaudeTuiError):
    """A setting, flag or credential that stops the start."""


class StoreError(ClaudeTuiError):
    """The conversations cannot be opened, read or kept."""


class ApiError(ClaudeTuiError):
    """A question to the API that got no answer (lists of models, token counts)."""
