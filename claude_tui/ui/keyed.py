"""The app, as far as it is about the key: asked for, tried, used, forgotten."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from textual.app import App

from ..core.text import clean
from ..errors import ClaudeTuiError
from ..paths import Paths
from .start import DEMO

if TYPE_CHECKING:
    from ..core.conversation import Conversation
    from ..session import Session


class Keyed(App[str]):
    """An app that needs a key before it can begin."""

    def __init__(self, paths: Paths, driver_class: Any) -> None:
        super().__init__(driver_class=driver_class)
        self.paths = paths
        self.session: Session | None = None
        """Everything behind the first frame, once it is open."""

    def begin(self, session: Session, opened: Conversation | None) -> None:
        """All is there: show what was opened."""
        raise NotImplementedError

    def welcome(self, session: Session, opened: Conversation | None) -> None:
        """The first screen of someone without a key; then what was opened."""
        from .screens.welcome import WelcomeScreen

        def answered(answer: tuple[str, str] | None) -> None:
            match answer:
                case ("key", value):
                    self._use_key(session, value)
                    self.begin(session, opened)
                case ("demo", _):
                    self.exit(DEMO)
                case _:
                    self.exit()

        self.push_screen(WelcomeScreen(self._try_key), answered)

    def _use_key(self, session: Session, value: str) -> bool:
        from ..secrets import store_key

        try:
            session.use_key(store_key(value, session.paths))
        except ClaudeTuiError as error:
            self.notify(clean(str(error)), severity="error", markup=False)
            return False
        return True

    def ask_key(self) -> None:
        """Another key, while there is one that does not work any more."""
        from .screens.welcome import WelcomeScreen

        def answered(answer: tuple[str, str] | None) -> None:
            match answer:
                case ("key", value):
                    if self.session is not None and self._use_key(self.session, value):
                        self.notify(self._kept(self.session), markup=False, timeout=15)
                case ("demo", _):
                    self.exit(DEMO)
                case _:
                    pass

        self.push_screen(WelcomeScreen(self._try_key, leaving="go back"), answered)

    def _kept(self, session: Session) -> str:
        """Where the key just entered is, and what will be asked before it at the next start."""
        from ..secrets import asked_first

        assert session.key is not None
        said = f"The new key is used from now on; it is kept in {session.key.source}."
        first = asked_first(os.environ, session.config)
        return f"{said} At the next start {first[0]} comes before it." if first else said

    def forget_key(self) -> str:
        """Remove the stored key; what became of it, in a sentence."""
        from ..secrets import forget_key

        where = forget_key(self.paths)
        if not where:
            return "There is no stored key."
        return f"The key in {' and '.join(where)} is removed. This window goes on with the one it has."

    async def _try_key(self, value: str) -> str | None:
        """What is wrong with a key, by asking the API; None when it works."""
        from ..api import Api, Endpoint
        from ..secrets import looks_like_key

        problem = looks_like_key(value)
        if problem is not None:
            return problem
        value = value.strip()
        hosts = self.session.config.http_hosts if self.session is not None else ()

        def check() -> str | None:
            try:
                api = Api(Endpoint(None, value), hosts)
                try:
                    api.check()
                finally:
                    api.close()
            except ClaudeTuiError as error:
                return str(error)
            return None

        return await asyncio.to_thread(check)
