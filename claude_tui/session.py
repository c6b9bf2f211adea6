"""What one run works with, put together: folders, config, store, API, tools, settings."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .api import Api, Endpoint
from .attachments.keeping import Contents
from .budgets import Budgets, in_doubt
from .config import CHOSEN, Config, State, load_config, load_state, save_state, with_choices
from .core.catalogue import Catalogue, read_listing
from .core.conversation import Conversation
from .core.live import Pace, heard_of, likely
from .core.message import EMPTY, Usage
from .core.models import Model
from .core.offers import as_effort
from .core.pricing import answered, life_of, reply_cost
from .core.request import SERVER_TOOLS, Settings
from .crash import report
from .errors import ConfigError
from .files import Problem
from .ids import new_id
from .listing import OURS, Listing, load_listing, save_listing, source_of
from .paths import Paths
from .secrets import Key, find_key
from .store import Store
from .tools import Toolbox, default_toolbox
from .turn import Allowance, Means, Purse
from .turn.spending import day_of, spend_of
from .wishes import Wishes, asked_with, wishes_of

if TYPE_CHECKING:
    from .demo import DemoServer

SETTLED_SECONDS = 2.0
"""How long is waited for what dead windows left to be settled."""
DEMO_KEY = "demo"
"""What the demo server is sent instead of a key."""
LISTING_HOURS = 12.0
"""How old the list of models may be before the API is asked again at a start."""


_BY_ENTRY = {"folds", "unseen", "factors", "settings"}
"""What of the state is a table to which each window adds its own."""


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
    paces: dict[str, Pace] = field(default_factory=dict[str, Pace])
    """What replies taught of how many tokens a model makes of a text."""
    no_prefill: set[str] = field(default_factory=set[str])
    """Ids of models that refused a prefill in this run."""
    budget: Decimal | None = None
    """Dollars that this run may cost."""
    listing: Listing = field(default_factory=Listing)
    """What the Models API last said."""
    _api: Api | None = None
    _catalogue: tuple[Listing, Catalogue] | None = None

    @property
    def catalogue(self) -> Catalogue:
        """Every model there is to choose from."""
        listing = self.listing
        if self._catalogue is None or self._catalogue[0] is not listing:
            self._catalogue = listing, Catalogue(listing.entries, self.config.models)
        return self._catalogue[1]

    @property
    def listing_source(self) -> str:
        """Whose list of models it is."""
        return source_of(self.demo is not None, os.environ)

    def list_models(self, hours: float = LISTING_HOURS) -> bool:
        """Ask the API for its models if the list is older than so; whether there is a newer one. Takes as long as
        the API does: for a thread that nobody waits for. Raises ``ApiError`` or ``ConfigError``."""
        if not self.has_credentials or 0 <= now_ms() - self.listing.at < hours * 3_600_000:
            return False
        listing = Listing(read_listing(self.api.models()), now_ms())
        self.listing = listing
        save_listing(self.paths.models_file, self.listing_source, listing)
        return True

    def __post_init__(self) -> None:
        self.written = self.config
        """The config as the user wrote it; in `config` what was chosen in the app holds instead."""
        self.config = with_choices(self.written, self.state)
        files = self.paths.state_file, self.paths.config_file
        self.budgets = Budgets(self.written, lambda: self.state, self.remember, *files, self.budget)
        self.purse = Purse(self.store, self.budgets.limits, self.budgets.raise_to, self.settle_abandoned)

    @property
    def contents(self) -> Contents:
        """The contents of files that went with questions."""
        return Contents(self.paths.attachments_dir)

    @property
    def api(self) -> Api:
        """The API; made at the first use, connected later still."""
        if self._api is None:
            self._api = Api(self.endpoint(), self.config.http_hosts, read_file=self.contents.read)
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
        here, there = wishes or Wishes(), wishes_of(conversation).over(self.remembered())
        chosen = here.over(self.flags).over(there)
        model = self.model(chosen.model)
        tools = chosen.tools or ()
        local = self.toolbox.only(tools)
        asked = asked_with(conversation)
        thinking: Any = chosen.thinking if chosen.thinking in ("on", "off") else "auto"
        return Settings(
            model=model,
            max_tokens=chosen.max_tokens or None,
            kept_max_tokens=here.over(there).max_tokens or None,
            system=chosen.system or "",
            effort=as_effort(chosen.effort),
            thinking=thinking,
            server_tools=tuple(name for name in SERVER_TOOLS if name in tools),
            local_tools=tuple(local.definitions()),
            compact=bool(chosen.compact) and (model.compacts or bool(asked.compact and asked.model == model.id)),
            life="1h" if chosen.cache == "1h" else "5m",
            persona=chosen.persona or "",
            diagnose=self.listing_source in OURS,  # a gateway may know nothing of it
        )

    def remembered(self) -> Wishes:
        """What a new conversation is asked with."""
        return Wishes(
            self.state.model or self.config.model,
            self.config.system,
            self.config.max_tokens,
            self.state.effort or self.config.effort,
            self.state.thinking or self.config.thinking,
            self.state.tools if self.state.tools is not None else self.config.tools,
            cache=self.config.cache,
        )

    def model(self, wanted: str | None) -> Model:
        """The model somebody asks for by an id or a family; the default one for None."""
        if not wanted:
            return self.catalogue.default(today())
        return self.catalogue.find(self.catalogue.named(wanted) or wanted)

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
            purse=self.purse,
            no_prefill=self.no_prefill,
            paces=self.paces,
            find=self.catalogue.find,
            mishap=lambda error: report(error, self.paths.crash_dir),
        )

    def remember(self, **changes: Any) -> Problem | None:
        """Keep a choice for the next start; what went wrong with that, if something did.

        What another window chose meanwhile stays in the file; this one goes on with its own.
        """
        with self.budgets.lock:
            if "budget" not in changes:  # another window may have set them meanwhile
                changes = {**changes, **self.budgets.kept()}
            there, problems = load_state(self.paths.state_file)
            known = self.paths.state_file.exists() and not problems
            before, self.state = self.state, replace(self.state, **changes)
            if not known:
                return save_state(self.paths.state_file, self.state)
            for name in _BY_ENTRY & changes.keys():
                changes[name] = _merged(getattr(there, name), getattr(before, name), changes[name])
            return save_state(self.paths.state_file, replace(there, **changes))

    def chosen(self, name: str) -> bool:
        """Whether a setting of the config was chosen in the app."""
        value = getattr(self.state, name, None)
        return name in self.state.settings if name in CHOSEN else value is not None and value != {}

    def choose(self, name: str, value: object) -> Problem | None:
        """Choose a setting in the app, or None for what the user wrote; a problem if that cannot be kept."""
        if name not in CHOSEN:
            return self.remember(**{name: value})
        others = {each: kept for each, kept in self.state.settings.items() if each != name}
        problem = self.remember(settings=others if value is None else {**others, name: value})
        self.config = with_choices(self.written, self.state)
        return problem

    def settle_abandoned(self) -> None:
        """What windows that died had reserved: enter what their replies cost."""
        try:
            if self.store.trouble is None and self.store.left_reserved().result(SETTLED_SECONDS):
                self.store.release_abandoned().result(SETTLED_SECONDS)
        except Exception:  # the disk takes nothing now: what they reserved goes on counting
            pass
        price_recovered(self)

    def close(self) -> None:
        """Flush what is to be saved and let go."""
        if self._api is not None:
            self._api.close()
        self.store.close()
        if self.demo is not None:
            self.demo.stop()


def _merged(there: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> Mapping[str, Any]:
    """A table as it is in the file, with what this window changed in it."""
    gone = before.keys() - after.keys()
    ours = {key: value for key, value in after.items() if key not in before or before[key] != value}
    return {**{key: value for key, value in there.items() if key not in gone}, **ours}


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
    budget: Decimal | None = None,
) -> Session:
    """Open everything a run needs but the network. Raises ``ConfigError`` or ``StoreError`` with one sentence.

    ``store`` is the one to use where it is open already; it is closed when this fails.
    """
    paths = Paths.default(demo=demo)
    store = store or Store.open(paths.database)
    config, problems = load_config(paths.config_file)
    state, more = load_state(paths.state_file)
    problems = [*problems, *more]
    session = Session(
        paths, config, state, store, problems, flags=flags or Wishes(), auto_continue=auto_continue, budget=budget
    )
    try:
        if demo:
            from .demo import DemoServer, pace_of

            session.demo = DemoServer(pace=pace_of(environ)).start()
        else:
            session.key = find_key(environ, config, paths)
        session.listing = load_listing(paths.models_file, session.listing_source)
        session.settle_abandoned()
    except Exception:
        store.close()
        raise
    return session


def price_recovered(session: Session) -> None:
    """Replies that a crash cut were not priced when they ended: enter what they cost at least."""
    for left in session.store.pending_spends().result():
        conversation = session.store.load(left.conversation_id).result()
        node = conversation.nodes.get(left.node_id) if conversation is not None else None
        facts = node.facts if node is not None else EMPTY
        life = life_of(facts.get("request"))
        model = answered(facts, left.model, session.catalogue.find)
        usage, day = Usage(left.usage), day_of(left.at)
        characters: Any = facts.get("characters")
        spent = reply_cost(
            usage,
            model,
            day,
            final=node is not None and node.status == "complete" and facts.get("usage_final") is not False,
            started=True,
            characters=characters if isinstance(characters, int) else 0,
            likely=likely(usage, usage, heard_of(node.content), Pace.first(left.model))
            if node is not None and node.stop_reason is None
            else None,
            life=life,
            stop_reason=node.stop_reason if node is not None else None,
        )
        if node is not None and spent.dollars is not None:
            node = replace(node, facts={**facts, "cost": {"usd": str(spent.dollars), "exactness": spent.exactness}})
        entry = spend_of(left.conversation_id, left.node_id, usage, spent, model, left.at, life=life)
        doubt = in_doubt(node, model, day, spent) if node is not None else 0
        session.store.price(left.conversation_id, entry, node, doubt)


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def today() -> date:
    """The day at the API, by which prices and retirements go."""
    return datetime.now(UTC).date()
