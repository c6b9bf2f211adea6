"""What is made of a silence while a reply is waited for: said, offered to be ended, given up."""

from __future__ import annotations

from dataclasses import dataclass

from ..sleep import LONG_SLEEP
from .course import Course
from .values import Attempt


@dataclass(frozen=True, slots=True)
class Quiet:
    """A silence as it is judged at one moment."""

    said: str = ""
    """What is to be said of it; nothing while it is short."""
    may_hurry: bool = False
    """Whether a key may end it and ask anew."""
    over: bool = False
    """Whether it has lasted too long."""
    ending: str = ""
    """Why the connection was given up, if it is now."""


class Silence:
    """The time since something other than a ping came; a machine that slept in it makes it suspicious."""

    def __init__(self, course: Course, attempt: Attempt) -> None:
        self._means = course.means
        self._attempt = attempt
        self._heard = self._means.clock()
        self._slept = self._means.asleep()
        self._night = 0.0
        """Seconds of the last sleep, while no byte came after it."""
        self._woke = 0.0

    def broken(self) -> None:
        """Something came."""
        self._heard = self._means.clock()

    @property
    def length(self) -> float:
        """Seconds since something came."""
        return self._means.clock() - self._heard

    def judge(self) -> Quiet:
        """What is to be made of it now."""
        patience, attempt = self._means.patience, self._attempt
        now = self._means.clock()
        slept = self._means.asleep() - self._slept
        if slept > LONG_SLEEP:
            self._slept += slept
            self._night, self._woke = slept, now
        if self._night and attempt.silence < now - self._woke:
            self._night = 0.0  # the connection has outlived it
        if self._night:
            long = _duration(self._night)
            return Quiet(
                f"This machine slept {long}; the connection may be dead.",
                may_hurry=True,
                over=now - self._woke > patience.sleep_grace,
                ending=f"This machine slept {long}, and the connection did not outlive it.",
            )
        if attempt.phase == "connecting":
            return Quiet()
        if attempt.silence > patience.stall_said:
            return Quiet(
                f"No data for {_duration(attempt.silence)}.",
                may_hurry=attempt.silence > patience.stall_offered,
                over=attempt.silence > patience.stall_cut,
                ending=f"No data came for {_duration(attempt.silence)}: the connection was given up.",
            )
        if self.length > patience.silent_said:
            return Quiet(
                f"The server is alive, but sent no text for {_duration(self.length)}.",
                may_hurry=self.length > patience.silent_offered,
                over=self.length > patience.silent_cut,
                ending=f"The server sent no text for {_duration(self.length)}: the connection was given up.",
            )
        return Quiet()


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
