"""Two processes in two terminals on one home: one writes, the other reads along, takes over, and outlives the first."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from claude_tui.demo import DemoServer, Reply
from tests.support.desk import environment, run
from tests.support.driver import LONG, held
from tests.support.terminal import Terminal
from tests.support.zygote import Zygote

SENTENCE = "Sentence 22 of a long"
OTHER = LONG.replace("Sentence", "Another")  # as long, so that it is held at the same word


def words(home: Path) -> list[str]:
    """What is on the disk, from the first message to the last."""
    code, out, _ = run("export", "last", "--format", "json", env=environment(home))
    assert code == 0, out
    told = json.loads(out)
    nodes = {node["id"]: node for node in told["nodes"]}
    path, at = [], told["conversation"]["head_id"]
    while at is not None:
        path.append("".join(block.get("text", "") for block in nodes[at]["content"]))
        at = nodes[at]["parent_id"]
    return path[::-1]


def test_two_windows_on_one_conversation_lose_and_mix_nothing(tmp_path: Path, zygote: Zygote) -> None:
    home = tmp_path / "home"
    with DemoServer(pace=0) as server:
        env = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "sk-ant-" + "x" * 40}

        def answer(*texts: str) -> None:
            server.then(*(Reply([{"type": "text", "text": text}]) for text in texts))

        with Terminal(home=home, env=env, zygote=zygote) as first:
            first.wait("lists commands")
            answer("The first answer.")
            first.say("One?")
            first.wait("The first answer.")
            with Terminal("-c", home=home, env=env, zygote=zygote) as second:
                second.wait("takes over")
                server.then(held(LONG))
                first.say("Two?")
                first.wait(SENTENCE)
                second.wait(SENTENCE)  # what the other process writes
                second.send("Three?")
                second.press("f10")
                second.wait("Go on reading along")
                second.press("down")
                second.press("enter")
                second.wait("You write here now")
                first.wait("takes over")
                answer("The third answer.")
                second.press("enter")
                second.wait("The third answer.")
                first.wait("The third answer.")
                server.then(held(OTHER))
                second.say("Four?")
                second.wait("Another 22")
                first.wait("Another 22")
                second.signal(signal.SIGKILL)
                first.wait("you write here now")
                first.wait("goes on")  # the reply that was cut with its process
                answer("The fifth answer.")
                first.say("Five?")
                first.wait("The fifth answer.")
                first.press("ctrl+q")
                assert first.ended() == 0
        assert [one.problem for one in server.requests if one.problem] == []
    said = words(home)
    questions = [text for text in said if text.endswith("?")]
    assert questions == ["One?", "Two?", "Three?", "Four?", "Five?"]
    second_answer, fourth_answer = said[said.index("Two?") + 1], said[said.index("Four?") + 1]
    assert LONG.startswith(second_answer) and SENTENCE in second_answer
    assert OTHER.startswith(fourth_answer) and "Another 22" in fourth_answer
    assert said[1] == "The first answer." and said[-1] == "The fifth answer."
    assert "all whole" in run("doctor", env=environment(home))[1]
