"""The tool that knows what time it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone, tzinfo

from claude_tui.tools.tool import ToolError

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class CurrentTime:
    """Says the date and time, here or in a given time zone."""

    name = "current_time"
    consent = False
    description = (
        "The current date and time, with weekday and UTC offset. In the user's own time zone, unless another is named."
    )
    input_schema: Mapping[str, object] = {
        "type": "object",
        "properties": {
            "timezone": {
                "type": "string",
                "description": 'A name of the IANA time zone database, like "Europe/Berlin" or "UTC".',
            }
        },
        "required": [],
    }

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        """Gives the moment with its time zone, which is the user's."""

    def run(self, input: Mapping[str, object], cancel: Callable[[], bool]) -> str:
        """The moment in ISO 8601, the weekday, and the zone."""
        now = self._now()
        name = str(input.get("timezone") or "").strip()
        if name:
            now = now.astimezone(_zone(name))
        zone = name or now.tzname() or "local time"
        return f"{now.isoformat(timespec='seconds')} ({_DAYS[now.weekday()]}, {zone})"


def _zone(name: str) -> tzinfo:
    # 10 ms, which only a question about the time need pay.
    import difflib
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    if name.upper() in ("UTC", "GMT", "Z"):
        return timezone(timedelta(0), "UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        known = available_timezones()
        folded = {zone.lower(): zone for zone in known}
        wanted = name[:60].lower().replace(" ", "_")
        cities = {zone.rpartition("/")[2]: zone for zone in sorted(folded)}
        near = [*difflib.get_close_matches(wanted, folded, 1), *difflib.get_close_matches(wanted, cities, 1)]
        hint = f"; did you mean {folded[cities.get(near[0], near[0])]!r}?" if near else ""
        raise ToolError(f"There is no time zone called {name[:60]!r}{hint}") from error
