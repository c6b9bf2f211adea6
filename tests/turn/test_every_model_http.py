"""Models through the real SDK over HTTP: what the screens offer, asked and answered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from claude_tui.core.catalogue import Catalogue, read_listing
from claude_tui.core.offers import as_effort, effort_offers, thinking_offers
from claude_tui.core.request import SERVER_TOOLS, Settings
from tests.support.desk import Desk, last


@pytest.mark.parametrize(
    "model_id",
    ["claude-fable-5-2", "claude-opus-5-5", "claude-opus-5", "claude-sonnet-5-5", "claude-opus-4-6", "claude-haiku-4-5",
     "claude-mythos-preview", "claude-next-9"],
)  # fmt: skip
def test_what_is_offered_is_answered(model_id: str, tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        listed = Catalogue(read_listing(desk.api.models()))
        plain = Settings(listed.find(model_id), server_tools=SERVER_TOOLS)
        for thinking in thinking_offers(plain):
            if not thinking.barred:
                chosen = replace(plain, thinking=thinking.value)  # type: ignore[arg-type]
                highest = [offer.value for offer in effort_offers(chosen) if not offer.barred][-1]
                turn = last(desk.ask(wanted=replace(chosen, effort=as_effort(highest))))
                assert turn.failure is None and turn.conversation.path()[-1].status == "complete"
        assert desk.problems == [] and len(desk.asked) >= 2


def test_a_retired_model_is_said_to_be(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        listed = Catalogue(read_listing(desk.api.models()))
        for catalogue in (Catalogue(), listed):
            turn = last(desk.ask(wanted=Settings(catalogue.find("claude-opus-4-20250514"))))
            assert turn.failure is not None and "claude-opus-4-20250514" in turn.failure.sentence
            assert "15 Jun 2026" in turn.failure.sentence
