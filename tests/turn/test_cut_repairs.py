"""What was learnt by a refused request holds for the rest of the process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from claude_tui.core.models import find_model
from claude_tui.core.request import Settings
from claude_tui.demo import Faithful, Fault, Faulty
from claude_tui.demo.answers import Reply

from ..support.desk import Desk, reply_text

TEXT = "Salt comes from the rocks, and rain takes it to the sea, a little every year, and so the sea is salt."
CUT = Faulty(Reply([{"type": "text", "text": TEXT}]), Fault("fin", after_text=60))


def test_a_refused_prefill_is_remembered_for_the_process(tmp_path: Path) -> None:
    # It refuses a prefill, though it is said to take one.
    wrong = Settings(replace(find_model("claude-opus-4-8"), prefill=True), thinking="off")
    refused: set[str] = set()
    with Desk(tmp_path, Faithful(TEXT)) as desk:
        for statuses in ([200, 400, 200], [200, 200]):
            desk.server.then(CUT)
            turns = desk.ask("Why?", wrong, auto_continue=1, no_prefill=refused)
            assert reply_text(turns[-1].conversation) == TEXT
            assert [one.status for one in desk.server.requests] == statuses
            assert desk.asked[-1]["messages"][-1]["role"] == "user"
            desk.server.requests.clear()
        assert refused == {"claude-opus-4-8"}
        # Another model is none the wiser.
        desk.server.then(CUT)
        desk.ask("Why?", Settings(find_model("claude-haiku-4-5")), auto_continue=1, no_prefill=refused)
        assert desk.asked[-1]["messages"][-1]["role"] == "assistant" and not desk.problems
