"""The loop: plan, ask, listen, run what the model calls, ask again."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from ..cancel import Cancel
from ..core.conversation import Conversation, Join, Node
from ..core.history import UNKNOWN_OUTCOME, calls_us
from ..core.message import TextBlock, ToolResultBlock, ToolUseBlock
from ..core.reply import Reply
from ..core.request import Request, Settings, build
from ..core.resume import Plan, plan
from ..core.retry import Failure, GoOn, Repair, SendAgain
from ..tools import ToolOutcome
from .calls import run_call
from .course import Course
from .reply import Coming
from .ticket import Asked, Ticket
from .values import Means, Turn


def run_turn(
    conversation: Conversation,
    settings: Settings,
    means: Means,
    cancel: Cancel,
    *,
    question: Sequence[Node] = (),
    raising: bool = False,
) -> Iterator[Turn]:
    """Ask ``question`` (nodes to be added), or, without one, go on from the head of the conversation.

    With ``raising`` the first request raises the budget that is in its way.

    Yields at least one snapshot; the last has the phase ``done``. Never raises on what the network, the API,
    a tool or the disk does.
    """
    return _Loop(Course(conversation, settings, means, cancel, raising)).drive(question)


class _Loop:
    def __init__(self, course: Course) -> None:
        self.course = course
        names = [str(tool.get("name")) for tool in course.settings.local_tools]
        self.offered = course.means.tools.only(names)
        self.pauses_left = course.means.patience.pauses
        self.coming: Coming | None = None
        """The reply that is not in the conversation as it ended yet."""
        self.ticket: Ticket | None = None
        """What was reserved for a request that is not sent yet."""

    def drive(self, question: Sequence[Node]) -> Iterator[Turn]:
        course = self.course
        for node in question:
            course.add(node, pending=True)
        try:
            yield from self._rounds()
        except Exception as error:  # ours: the turn must still end, and say so
            course.failure = Failure("bug", course.means.mishap(error))
            if (coming := self.coming) is not None:
                coming.abandon(course.failure)
                self._keep(coming)
        finally:
            if self.ticket is not None:
                course.means.store.spend(None, self.ticket.release(None, final=False))
            if course.pending:
                course.means.store.add(course.conversation.id, course.pending, head_id=course.pending[-1].id)
        yield course.turn("done", sentence=course.failure.sentence if course.failure else "")

    def _rounds(self) -> Iterator[Turn]:
        course = self.course
        while True:
            head = course.conversation.head
            if head is not None and calls_us(head):
                yield from self._run_tools(head)
                if course.cancel.cancelled:
                    return
            step = plan(course.conversation.path(), course.settings)
            if step is None:
                return
            coming = yield from self._ask(step)
            if coming is None or not (yield from self._goes_on(coming)):
                return

    def _goes_on(self, coming: Coming) -> Generator[Turn, None, bool]:
        """Whether the turn asks again by itself after this reply."""
        course, reply, failure = self.course, coming.reply, coming.failure
        if course.cancel.cancelled:
            return False
        if reply.status == "complete":
            paused = reply.stop_reason == "pause_turn"
            self.pauses_left = self.pauses_left - 1 if paused else course.means.patience.pauses
            return self.pauses_left >= 0 if paused else reply.stop_reason == "tool_use"
        if failure is None:
            return False
        action = coming.action or course.decide(failure, has_content=bool(reply.content))
        match action:
            case GoOn():
                course.continues_left -= not coming.hurried
                wait = 0.0
            case Repair(how):
                course.repaired = True
                course.strip_thinking = how == "without_thinking"
                if how == "without_prefill":
                    course.ask_only()
                wait = 0.0
            case SendAgain(asked):
                wait = asked
            case _:
                return False
        yield from course.count_down(wait, failure)
        return not course.cancel.cancelled

    def _ask(self, step: Plan) -> Generator[Turn, None, Coming | None]:
        """The reply to what the step asks; None where nothing was sent."""
        course, store = self.course, self.course.means.store
        if step.ask is not None:
            course.add(course.node("user", "continue", (TextBlock(step.ask),), step.join), pending=True)
        join = step.join if step.ask is None else replace(step.join, replaces=False)
        node = course.node("assistant", "model", (), join)
        path = course.conversation.path()
        request = build(path, course.settings, join=step.join, max_tokens=step.max_tokens)
        if course.strip_thinking:  # once: the reply's facts say so to every later request
            request = request.without_thinking()
        admitted = self._admit(node, path, request)
        if isinstance(admitted, Ticket) and (admitted.max_tokens is not None or admitted.uses is not None):
            settings = replace(course.settings, tool_uses=admitted.uses)
            request = build(path, settings, join=step.join, max_tokens=admitted.max_tokens or step.max_tokens)
            request = request.without_thinking() if course.strip_thinking else request
        course.strip_thinking = False
        node = replace(
            node,
            status="streaming",
            model=course.settings.model.id,
            facts={"request": request.facts, "chosen": course.settings.beside(request)},
        )
        if isinstance(admitted, Ticket):
            course.notes += admitted.tell(request.params)
        if isinstance(admitted, Ticket) and admitted.max_tokens is not None:
            node = replace(node, facts={**node.facts, "lowered": "call" if admitted.by_call else True})
        if isinstance(admitted, Failure):
            self._refuse(node, admitted)
            return None
        course.add(node)
        yield course.turn("connecting", live={node.id: Reply()}, failure=None)
        journal = store.begin(course.conversation.id, course.pending, node)
        course.pending = []
        coming = self.coming = Coming(course, node, request, journal, admitted)
        self.ticket = None
        yield from coming.drive()
        course.failure = coming.failure
        self._keep(coming)
        yield course.turn("writing", sentence=course.failure.sentence if course.failure else "")
        return coming

    def _admit(self, node: Node, path: Sequence[Node], request: Request) -> Ticket | Failure:
        """Reserve what it may cost, if the budgets allow it."""
        course, means = self.course, self.course.means
        misread = course.over == "misread"  # one key, one thing: no budget that holds is raised with it
        asked = Asked(
            course.conversation.id, node.id, path, request.params, course.settings.model, means.now(),
            course.raising and not misread, course.raising and misread,
        )  # fmt: skip
        admitted = means.purse.admit(asked, means.new_id())
        course.raising = False
        if isinstance(admitted, Ticket):
            self.ticket = admitted
        return admitted

    def _refuse(self, node: Node, failure: Failure) -> None:
        """A budget does not allow it: nothing is sent, and it can be gone on with."""
        course = self.course
        course.failure = failure
        ending = {"cause": "error", "detail": failure.sentence, "kind": failure.kind}
        failed = replace(node, status="failed", facts={**node.facts, "ending": ending})
        course.add(failed, pending=True)

    def _keep(self, coming: Coming) -> None:
        """The reply as it ended, in the conversation and on disk."""
        self.coming = None
        finished = coming.finished()
        self.course.add(finished)
        self.course.spent = self.course.spent + coming.cost()
        spend = coming.spending()
        here, means = self.course.conversation.id, self.course.means
        entered = means.store.finish(here, finished, spend, coming.release(spend))
        self.course.notes += means.purse.warnings(here, means.now(), entered)

    def _run_tools(self, node: Node) -> Iterator[Turn]:
        """Answer every call of a complete turn; one found here after a crash may have run: it is not repeated."""
        course = self.course
        results: list[ToolResultBlock] = []
        ran: dict[str, int] = {}
        for block in node.content:
            if not isinstance(block, ToolUseBlock) or block.type != "tool_use":
                continue
            yield course.turn("tool", tool=block.name)
            outcome = ToolOutcome(UNKNOWN_OUTCOME, True)
            if node.id in course.made:
                began = course.means.clock()
                outcome = yield from self._run_tool(block)
                ran[block.id] = int((course.means.clock() - began) * 1000)
            results.append(ToolResultBlock(block.id, outcome.content, outcome.is_error))
        answer = replace(course.node("user", "tool", results, Join()), facts={"ran": ran})
        course.add(answer)
        course.means.store.add(course.conversation.id, [answer], head_id=answer.id)
        yield course.turn("waiting")

    def _run_tool(self, use: ToolUseBlock) -> Generator[Turn, None, ToolOutcome]:
        running = run_call(use, self.offered, self.course.means, self.course.cancel)
        while True:
            try:
                next(running)
            except StopIteration as ended:
                return ended.value
            yield self.course.turn("tool", tool=use.name)
