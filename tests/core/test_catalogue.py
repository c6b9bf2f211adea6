"""The models there are: our table, the API's list over it, the user's own over both."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_tui.core.catalogue import MOST_MODELS, Catalogue, has_left, leaving, read_listing
from claude_tui.core.models import DEFAULT_MODEL, KNOWN
from claude_tui.core.request import Settings, build
from claude_tui.demo.capabilities import MODELS, described
from tests.support.talk import refused, user

DAY = date(2026, 11, 21)
ENTRIES = [described(model) for model in MODELS]
LISTED = Catalogue(read_listing(ENTRIES))


def entry(model_id: str, **more: Any) -> dict[str, Any]:
    return {**ENTRIES[0], "id": model_id, **more}


def test_without_a_list_there_is_the_table() -> None:
    assert [model.id for model in Catalogue().models] == list(KNOWN)
    assert Catalogue().find("claude-opus-5-5") == KNOWN["claude-opus-5-5"]


def test_a_list_says_what_there_is_the_newest_first_and_the_retired_last() -> None:
    ids = [model.id for model in LISTED.models]
    assert ids[0] in ("claude-fable-5-2", "claude-mythos-5-2") and ids[-1] == "claude-opus-4-20250514"
    assert set(ids) == {row["id"] for row in ENTRIES}
    old = LISTED.find("claude-opus-4-20250514")
    assert old.lifecycle == "retired" and leaving(old, DAY) == "retired on 15 Jun 2026" and has_left(old, DAY)


@pytest.mark.parametrize("model_id", KNOWN)
def test_the_list_and_the_table_agree(model_id: str) -> None:
    """What both say; of the rest our table holds."""
    ours, theirs = KNOWN[model_id], LISTED.find(model_id)
    assert theirs.id == model_id and theirs.prices == ours.prices and theirs.line == ours.line != ""
    assert (theirs.context, theirs.max_output, theirs.prefill) == (ours.context, ours.max_output, ours.prefill)
    assert theirs.retires == ours.retires and set(ours.thinking) <= set(theirs.thinking)


def test_the_api_wins_over_the_table_and_the_user_over_both() -> None:
    said = entry("claude-opus-5-5", max_tokens=256_000, display_name="Opus \x1b[31m5.5", lifecycle="deprecated")
    listed = Catalogue(
        read_listing([{**said, "retires_at": "2026-12-01T00:00:00Z"}]), {"claude-opus-5-5": {"context": 7}}
    )
    model = listed.find("claude-opus-5-5")
    assert (model.max_output, model.context, model.default_effort) == (256_000, 7, "medium")
    assert "\x1b" not in model.name and leaving(model, DAY) == "retires on 1 Dec 2026, in 10 days"


def test_a_model_of_the_users_own_is_in_the_list() -> None:
    assert "my-model" in [model.id for model in Catalogue((), {"my-model": {"context": 5}}).models]


def test_a_date_belongs_to_the_same_model() -> None:
    assert LISTED.find("claude-haiku-4-5").released == date(2025, 10, 1)
    assert LISTED.named("haiku 4.5") == "claude-haiku-4-5"
    assert LISTED.named("claude-sonnet-4-5-20250929") == "claude-sonnet-4-5-20250929"


def test_the_successor_is_the_newest_of_its_line_that_stays() -> None:
    for catalogue in (Catalogue(), LISTED):
        for old, new in [
            ("claude-sonnet-4-5", "claude-sonnet-5-5"),
            ("claude-opus-4-5-20251101", "claude-opus-5-5"),
            ("claude-mythos-preview", "claude-mythos-5-2"),
            ("claude-3-opus-20240229", "claude-opus-5-5"),
            ("claude-2.1", DEFAULT_MODEL),
        ]:
            found = catalogue.successor(catalogue.find(old), DAY)
            assert found is not None and found.id == new, old
    newer = Catalogue(read_listing([*ENTRIES, entry("claude-opus-6", line="opus", created_at="2027-02-01T00:00:00Z")]))
    after = newer.successor(newer.find("claude-opus-4-5"), DAY)
    assert after is not None and after.id == "claude-opus-6" and newer.named("opus") == "claude-opus-6"


def test_the_default_is_ours_until_it_goes() -> None:
    assert Catalogue().default(DAY).id == DEFAULT_MODEL == LISTED.default(DAY).id
    going = [{**row, "lifecycle": "deprecated", "retires_at": "2027-09-01T00:00:00Z"} if row["id"] == DEFAULT_MODEL
             else row for row in ENTRIES]  # fmt: skip
    assert Catalogue(read_listing(going)).default(date(2026, 11, 21)).id == "claude-opus-5"


def test_the_default_is_a_model_that_is_to_be_had() -> None:
    only = read_listing([entry("claude-sonnet-4-6", line="sonnet"), entry("claude-haiku-5-5-20261001", line="haiku")])
    assert Catalogue(only).default(DAY).id in ("claude-sonnet-4-6", "claude-haiku-5-5-20261001")
    assert Catalogue(read_listing([entry(f"{DEFAULT_MODEL}-20261001")])).default(DAY).id == DEFAULT_MODEL
    assert Catalogue(only, {DEFAULT_MODEL: {"context": 7}}).default(DAY).id == DEFAULT_MODEL


def test_a_day_of_retirement_that_is_known_stays_where_the_list_names_none() -> None:
    silent = [{"id": "claude-sonnet-4-5-20250929", "lifecycle": "active"}]
    assert Catalogue(read_listing(silent)).find("claude-sonnet-4-5").retires == KNOWN["claude-sonnet-4-5"].retires
    assert KNOWN["claude-sonnet-4-5"].retires is not None


def test_a_model_that_does_not_think_by_itself_is_not_asked_to_when_thinking_is_off() -> None:
    types = {"adaptive": {"supported": True}, "disabled": {"supported": False}}
    said = {"id": "claude-opus-4-8", "capabilities": {"thinking": {"supported": True, "types": types}}}
    model = Catalogue(read_listing([said])).find("claude-opus-4-8")
    assert model.thinking == ("adaptive",) and not model.thinks_by_default
    assert "thinking" not in build([user("q")], Settings(model, thinking="off")).params
    assert build([user("q")], Settings(model)).params["thinking"]["type"] == "adaptive"


@pytest.mark.parametrize(
    ("retires", "lifecycle", "said"),
    [
        ("2026-11-22", "deprecated", "retires on 22 Nov 2026, tomorrow"),
        ("2026-11-21", "deprecated", "was to retire on 21 Nov 2026"),
        ("2026-06-30", "deprecated", "was to retire on 30 Jun 2026"),
        ("2026-06-30", "retired", "retired on 30 Jun 2026"),
        (None, "retired", "retired"),
        (None, "deprecated", "retires, no day is set"),
        (None, "active", None),
        ("2027-11-21", "active", None),
        ("2027-11-21", "deprecated", "retires on 21 Nov 2027"),
        ("2027-01-20", "active", "retires on 20 Jan 2027, in 60 days"),
        ("2027-01-21", "active", None),
    ],
)
def test_when_it_goes(retires: str | None, lifecycle: str, said: str | None) -> None:
    given = entry("claude-x-1", retires_at=retires and f"{retires}T00:00:00Z", lifecycle=lifecycle)
    assert leaving(Catalogue(read_listing([given])).find("claude-x-1"), DAY) == said


def test_of_a_list_no_more_is_taken_than_is_used() -> None:
    many = read_listing([entry(f"claude-{number}", junk="x" * 10_000) for number in range(MOST_MODELS * 2)])
    assert len(many) == MOST_MODELS and len(json.dumps(many)) < 1_500_000
    assert read_listing([{"id": "bad id"}, {"id": 5}, None, "x", {"id": "a" * 500}, {"id": "\x1b[31m"}]) == ()
    assert read_listing({"data": 1}) == () == read_listing(None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["supported", "types", "adaptive", "disabled", "high", "low"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from([*sorted(KNOWN)[:6], "claude-next-9"]), st.dictionaries(st.sampled_from(list(ENTRIES[0])), JSON))
def test_whatever_the_list_says_nothing_fails_and_the_list_can_be_read_again(
    model_id: str, said: dict[str, Any]
) -> None:
    listing = read_listing([{**said, "id": model_id}])
    assert read_listing(json.loads(json.dumps(listing))) == listing
    catalogue = Catalogue(listing)
    model = catalogue.find(model_id)
    leaving(model, DAY)
    assert model.max_output > 0 and model.context > 0 and model.label and catalogue.models and catalogue.default(DAY)
    build([user("q")], Settings(model, effort="max", thinking="on"))


def test_a_list_that_says_nothing_of_capabilities_leaves_what_is_known() -> None:
    for row in ENTRIES:
        bare = Catalogue(read_listing([{"id": row["id"], "type": "model"}])).find(row["id"])
        assert bare.thinking == Catalogue().find(row["id"]).thinking
        if row["lifecycle"] != "retired":
            assert refused(build([user("q")], Settings(bare, effort="high"))) == []
