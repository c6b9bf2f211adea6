"""Budgets set in the app and the file they are kept in."""

from __future__ import annotations

from decimal import Decimal

from claude_tui.session import open_session


def test_a_file_that_is_damaged_or_gone_while_the_app_runs_sets_no_budget_free() -> None:
    session = open_session(environ={})
    other = open_session(environ={})
    try:
        other.budgets.set("day", Decimal(1))
        assert session.budgets.limits("c", 1).day == 1, "another window's"
        session.paths.state_file.write_text("theme = [broken")
        assert session.budgets.limits("c", 1).day == 1
        assert not session.paths.state_file.exists(), "it was set aside"
        assert session.budgets.limits("c", 1).day == 1
        other.budgets.set("day", Decimal(2))
        assert session.budgets.limits("c", 1).day == 2, "it is looked at again"
    finally:
        session.close()
        other.close()
