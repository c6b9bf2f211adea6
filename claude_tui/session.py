"""What one run works with, put together: folders, config, store, API, tools, settings."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .api import Api, Endpoint
from .config import Config, State, load_config, load_state, save_state
from .core.conversation import Conversation
from .core.message import EMPTY, JsonObject, Usage
from .core.models import DEFAULT_MODEL, EFFORTS, find_model, resolve_model
from .core.pricing import life_of, reply_cost
from .core.request import SERVER_TOOLS, Settings
from .crash import report
from .errors import ConfigError
from .files import Problem
from .ids import new_id
from .paths import Paths
from .secrets import Key, find_key
from .store import Store
from .tools import Toolbox, default_toolbox
from .turn import Allowance, Means
from .turn.spending import day_of, spend_of

if TYPE_CHECKING:
    from .demo import DemoServer

DEMO_KEY = "demo"
"""What the demo server is sent instead of a key."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What flags or a person ask for; None leaves it to the conversation, the state, the config."""

    model: str | None = None
    system: str | None = None
    max_tokens: int | None = None
    effort: str | None = None
    thinking: str | None = None
    tools: tuple[str, ...] | None = None

    def over(self, other: Wishes) -> Wishes:
        """These, and ``other``'s where these say nothing."""
        names = ("model", "system", "max_tokens", "effort", "thinking", "tools")
        chosen = {
            name: getattr(self, name) if getattr(self, name) is not None else getattr(other, name) for name in names
        }
        return Wishes(**chosen)


def wishes_of(conversation: Conversation | None) -> Wishes:
    """What a conversation was last asked with: it goes on as it was.

    What was sent may have been stored by any version of this program, or by somebody else: it is read leniently.
    """
    if conversation is None:
        return Wishes()
    asked = (node.facts["request"] for node in reversed(conversation.path()) if "request" in node.facts)
    sent = _object(next(asked, None))
    if not sent:
        return Wishes()
    tools: Any = sent.get("tools")
    if not isinstance(tools, list | tuple):
        tools = ()
    # Whether adaptive thinking was a choice cannot be told from what was sent; the others are sent for one only.
    thinking = {"disabled": "off", "between_tools": "off", "enabled": "on"}
    return Wishes(
        model=_text(sent.get("model")),
        system=_text(sent.get("system")) or "",
        effort=_text(_object(sent.get("output_config")).get("effort")),
        thinking=thinking.get(_text(_object(sent.get("thinking")).get("type")) or ""),
        tools=tuple(str(_object(tool).get("name")) for tool in cast("Sequence[object]", tools)),
    )


def _object(value: object) -> JsonObject:
    return cast("JsonObject", value) if isinstance(value, Mapping) else EMPTY


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


@dataclass
class Session:
    """One run's belongings; ``close`` lets go of them and never waits for the network."""

    paths: Paths
    config: Config
    state: State
    store: Store
    problems: list[Problem] = field(default_factory=list[Problem])
    demo: DemoServer | None = None
    key: Key | None = None
    toolbox: Toolbox = field(default_factory=default_toolbox)
    flags: Wishes = field(default_factory=Wishes)
    auto_continue: int | None = None
    allowance: Allowance = field(default_factory=Allowance)
    no_prefill: set[str] = field(default_factory=set[str])
    """Ids of models that refused a prefill in this run."""
    _api: Api | None = None

    @property
    def api(self) -> Api:
        """The API; made at the first use, connected later still."""
        if self._api is None:
            self._api = Api(self.endpoint(), self.config.http_hosts)
        return self._api

    def endpoint(self) -> Endpoint:
        """Where requests go. What is no API key is left to the SDK, which finds it itself."""
        if self.demo is not None:
            return Endpoint(self.demo.url, DEMO_KEY)
        if self.key is None:
            return Endpoint()
        if self.key.bearer:
            return Endpoint(key_source=self.key.source)
        return Endpoint(None, self.key.reveal(), self.key.source)

    def use_key(self, key: Key) -> None:
        """From now on with this key."""
        self.key = key
        if self._api is not None:
            self._api.close()
        self._api = None

    @property
    def has_credentials(self) -> bool:
        """Whether there is anything to ask the API with, as far as can be told without loading the SDK."""
        return self.demo is not None or self.key is not None or sdk_has_credentials(os.environ)

    def settings(self, conversation: Conversation | None = None, wishes: Wishes | None = None) -> Settings:
        """Settings for the next request: wishes, then flags, then the conversation's own, then the state and config."""
        remembered = Wishes(
            self.state.model or self.config.model,
            self.config.system,
            self.config.max_tokens,
            self.state.effort or self.config.effort,
            self.state.thinking or self.config.thinking,
            self.state.tools if self.state.tools is not None else self.config.tools,
        )
        chosen = (wishes or Wishes()).over(self.flags).over(wishes_of(conversation)).over(remembered)
        model = find_model(resolve_model(chosen.model or DEFAULT_MODEL), self.config.models)
        tools = chosen.tools or ()
        local = self.toolbox.only(tools)
        effort: Any = chosen.effort if chosen.effort in EFFORTS else None
        thinking: Any = chosen.thinking if chosen.thinking in ("on", "off") else "auto"
        return Settings(
            model=model,
            max_tokens=chosen.max_tokens,
            system=chosen.system or "",
            effort=effort,
            thinking=thinking,
            server_tools=tuple(name for name in SERVER_TOOLS if name in tools),
            local_tools=tuple(local.definitions()),
        )

    def means(self) -> Means:
        """What a turn works with."""
        continues = self.config.auto_continue if self.auto_continue is None else self.auto_continue
        return Means(
            self.api,
            self.store,
            new_id,
            self.toolbox,
            auto_continue=continues,
            allowance=self.allowance,
            no_prefill=self.no_prefill,
            mishap=lambda error: report(error, self.paths.crash_dir),
        )

    def remember(self, **changes: Any) -> Problem | None:
        """Keep a choice for the next start; what went wrong with that, if something did."""
        self.state = replace(self.state, **changes)
        return save_state(self.paths.state_file, self.state)

    def close(self) -> None:
        """Flush what is to be saved and let go."""
        if self._api is not None:
            self._api.close()
        self.store.close()
        if self.demo is not None:
            self.demo.stop()


def sdk_has_credentials(environ: Mapping[str, str]) -> bool:
    """Whether the SDK may find a profile or an identity by itself, as far as can be told without loading it."""
    if any(environ.get(name) for name in ("ANTHROPIC_PROFILE", "ANTHROPIC_FEDERATION_RULE_ID")):
        return True
    folder = Path(environ.get("ANTHROPIC_CONFIG_DIR") or Path.home() / ".config" / "anthropic")
    return (folder / "active_config").exists() or (folder / "configs" / "default.json").exists()


def tool_names(toolbox: Toolbox) -> tuple[str, ...]:
    """Every tool that can be switched on."""
    return (*SERVER_TOOLS, *toolbox.names)


def read_tools(text: str, toolbox: Toolbox) -> tuple[str, ...]:
    """Tool names from ``a,b``, ``all`` or ``none``. Raises ``ConfigError`` naming what is unknown."""
    known = tool_names(toolbox)
    words = [word for word in text.replace(",", " ").split() if word]
    if words == ["all"]:
        return known
    if words in (["none"], ["off"], []):
        return ()
    wanted = [word.replace("-", "_") for word in words]
    unknown = [word for word in wanted if word not in known]
    if unknown:
        raise ConfigError(f"There is no tool called {unknown[0]!r}; there are {', '.join(known)}, all and none.")
    return tuple(dict.fromkeys(wanted))


def open_session(
    *,
    environ: Mapping[str, str],
    demo: bool = False,
    flags: Wishes | None = None,
    auto_continue: int | None = None,
    store: Store | None = None,
) -> Session:
    """Open everything a run needs but the network. Raises ``ConfigError`` or ``StoreError`` with one sentence.

    ``store`` is the one to use where it is open already; it is closed when this fails.
    """
    paths = Paths.default(demo=demo)
    store = store or Store.open(paths.database)
    config, problems = load_config(paths.config_file)
    state, more = load_state(paths.state_file)
    problems = [*problems, *more]
    session = Session(paths, config, state, store, problems, flags=flags or Wishes(), auto_continue=auto_continue)
    try:
        _price_recovered(session)
        if demo:
            from .demo import DemoServer, pace_of

            session.demo = DemoServer(pace=pace_of(environ)).start()
        else:
            session.key = find_key(environ, config, paths)
    except Exception:
        store.close()
        raise
    return session


def _price_recovered(session: Session) -> None:
    """Replies that a crash cut were not priced when they ended: enter what they cost at least."""
    for left in session.store.pending_spends().result():
        conversation = session.store.load(left.conversation_id).result()
        node = conversation.nodes.get(left.node_id) if conversation is not None else None
        facts = node.facts if node is not None else EMPTY
        life = life_of(facts.get("request"))
        model = find_model(left.model, session.config.models)
        usage, day = Usage(left.usage), day_of(left.at)
        characters: Any = facts.get("characters")
        spent = reply_cost(
            usage,
            model,
            day,
            final=node is not None and node.status == "complete" and facts.get("usage_final") is not False,
            started=True,
            characters=characters if isinstance(characters, int) else 0,
            life=life,
            stop_reason=node.stop_reason if node is not None else None,
        )
        if node is not None and spent.dollars is not None:
            node = replace(node, facts={**facts, "cost": {"usd": str(spent.dollars), "exactness": spent.exactness}})
        entry = spend_of(left.conversation_id, left.node_id, usage, spent, model, left.at, life=life)
        session.store.price(left.conversation_id, entry, node)


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
