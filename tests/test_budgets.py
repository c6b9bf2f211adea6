"""Budgets set in the app and the file they are kept in."""

from __future__ import annotations

from decimal import Decimal

from claude_tui.paths import Paths
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


def test_what_cannot_be_read_is_unsure_until_it_is_mended_or_set_in_the_app() -> None:
    config = Paths.default(demo=False).config_file
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text('[budget]\nday = "five"\nmonth = "x"\n')
    session = open_session(environ={})
    try:
        why = session.budgets.limits("c", 1).unsure
        assert why == 'config.toml, line 2: "budget.day" must be a number of dollars.'
        session.budgets.set("day", Decimal(5))
        assert "month" in session.budgets.limits("c", 1).unsure and not session.budgets.unsure("day")
        config.write_text('[budget]\nday = "five"\nmonth = 50\n# mended\n')
        limits = session.budgets.limits("c", 1)
        assert (limits.unsure, limits.day, limits.month) == ("", 5, 50)
        config.write_text("model = 1\n")
        session.budgets.limits("c", 1)
        config.write_text("[budget]\nmonth = 40\n")
        assert session.budgets.limits("c", 1).month == 40, "it was read half written"
    finally:
        session.close()


def test_what_was_set_in_the_app_and_lost_is_set_anew_by_setting_it_and_by_no_other_window() -> None:
    first = open_session(environ={})
    try:
        first.budgets.set("day", Decimal(1))
        first.paths.state_file.write_text("theme = [broken\n[budget]\nday = 1\n")
        second = open_session(environ={})
        try:
            assert "set aside as state.toml.damaged" in second.budgets.limits("c", 1).unsure
            limits = first.budgets.limits("c", 1)
            assert limits.day == 1 and not limits.unsure, "who knew it goes on knowing it"
            second.remember(theme="paper")
            assert second.budgets.limits("c", 1).unsure and first.budgets.limits("c", 1).day == 1
            for period in ("conversation", "day", "month"):
                second.budgets.set(period, None)
            assert not second.budgets.limits("c", 1).unsure
        finally:
            second.close()
    finally:
        first.close()
