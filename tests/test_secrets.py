"""The key is found where it should be, refused where it should not, and shown nowhere."""

from __future__ import annotations

import base64
import copy
import json
import os
import pickle
import stat
import sys
import threading
import time
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest

from claude_tui import key_ring, secrets
from claude_tui.config import Config
from claude_tui.doctor import examine
from claude_tui.errors import ConfigError
from claude_tui.paths import Paths
from claude_tui.redaction import conceal, concealed, redact, redacted
from claude_tui.secrets import Key, asked_first, find_key, forget_key, looks_like_key, passed_over, store_key
from tests.support.desk import ROOT

CANARY = "sk-ant-api03-FiNcH50123456789_-abcdefghij"
PLAIN = "gateway+token/0123456789=="


@pytest.fixture
def paths(tmp_path):
    return Paths.under(tmp_path / "home")


def command(code: str) -> Config:
    return Config(api_key_command=(sys.executable, "-c", code))


def printing(text: str) -> Config:
    return command(f"print({text!r})")


# Where it is found


def test_nothing_is_found_where_nothing_is_and_nothing_is_made(paths):
    assert find_key({}, Config(), paths) is None
    assert find_key({"ANTHROPIC_API_KEY": "  "}, Config(), paths) is None
    assert not paths.config_dir.exists()


def test_the_places_are_asked_in_their_order(paths):
    store_key("stored-key-0123456789", paths)
    env = {"ANTHROPIC_API_KEY": f" {CANARY}\n", "ANTHROPIC_AUTH_TOKEN": PLAIN}
    seen: list[tuple[str, str, bool]] = []
    for config in (printing("first\nfrom-the-command"), Config()):
        for _ in range(3):
            key = find_key(env, config, paths)
            assert key
            seen.append((key.reveal(), key.source, key.bearer))
            env.pop("ANTHROPIC_AUTH_TOKEN" if "ANTHROPIC_API_KEY" not in env else "ANTHROPIC_API_KEY", None)
    program = Path(sys.executable).name
    assert seen[:4] == [
        (CANARY, "the environment (ANTHROPIC_API_KEY)", False),
        (PLAIN, "the environment (ANTHROPIC_AUTH_TOKEN)", True),
        ("from-the-command", f"the key command ({program})", False),
        ("stored-key-0123456789", f"the key file ({paths.key_file})", False),
    ]


def test_a_key_that_cannot_be_sent_is_refused_by_its_place_and_not_repeated(paths):
    for value in ("two words", "naïve-key-0123456789", "a\x1bb"):
        with pytest.raises(ConfigError, match="ANTHROPIC_API_KEY") as refused:
            find_key({"ANTHROPIC_API_KEY": value}, printing(CANARY), paths)
        assert value not in str(refused.value)


# The key command


def test_a_key_command_says_what_went_wrong(paths, monkeypatch):
    for config, sentence in (
        (command("raise SystemExit(3)"), "failed with status 3"),
        (command(f"print({CANARY!r}); raise SystemExit(1)"), "failed with status 1"),
        (command("pass"), "printed nothing"),
        (command("print('a b')"), "white space"),
        (command("print('x' * 100_000)"), "far more than a key"),
        (command("while True: print('x' * 1000)"), "far more than a key"),
        (Config(api_key_command=("no-such-program-anywhere",)), "cannot be run: no such file"),
        (Config(api_key_command=("./here",)), "full path"),
        (Config(api_key_command=("bin/here",)), "full path"),
    ):
        with pytest.raises(ConfigError, match=sentence) as refused:
            find_key({}, config, paths)
        assert CANARY not in str(refused.value)


def test_a_key_command_that_hangs_is_ended_with_its_children(paths, monkeypatch, tmp_path):
    monkeypatch.setattr(secrets, "COMMAND_SECONDS", 0.3)
    code = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen(['sleep', '60'])\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )
    begun = time.monotonic()
    with pytest.raises(ConfigError, match="longer than"):
        find_key({}, command(code), paths)
    assert time.monotonic() - begun < 30
    pid = (tmp_path / "pid").read_text()
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline and running(pid):
        time.sleep(0.01)
    assert not running(pid)


def running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_an_agent_left_behind_does_not_hold_the_start(paths):
    code = f"import subprocess; subprocess.Popen(['sleep', '5']); print({CANARY!r})"
    begun = time.monotonic()
    key = find_key({}, command(code), paths)
    assert key and key.reveal() == CANARY
    assert time.monotonic() - begun < 30


def test_a_key_command_has_the_environment_but_not_the_terminal_or_the_current_folder(paths, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "import os, sys; print(os.environ['HINT'], sys.stdin.read() == '', os.getcwd(), sep='|')"
    key = find_key({"HINT": "yes"}, command(code), paths)
    assert key and key.reveal() == "yes|True|/"


# The key file


def test_a_stored_key_is_the_users_alone(paths):
    before = os.umask(0)
    try:
        stored = store_key(f" {CANARY}\n", paths)
    finally:
        os.umask(before)
    found = find_key({}, Config(), paths)
    assert found and found.reveal() == stored.reveal() == CANARY
    assert found.source == stored.source
    assert stat.S_IMODE(paths.key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(paths.config_dir.stat().st_mode) == 0o700


def test_what_is_no_key_is_not_stored(paths):
    with pytest.raises(ConfigError, match="too short"):
        store_key("short", paths)
    assert not paths.key_file.exists()


def test_a_key_is_forgotten(paths):
    assert forget_key(paths) == ()
    store_key(CANARY, paths)
    assert forget_key(paths) == (f"the key file ({paths.key_file})",)
    assert find_key({}, Config(), paths) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o644])
def test_a_file_that_others_can_read_is_refused(paths, mode):
    store_key(CANARY, paths)
    paths.key_file.chmod(mode)
    with pytest.raises(ConfigError, match="others can read the file; run chmod 600"):
        find_key({}, Config(), paths)


def test_a_file_that_is_not_ours_or_not_a_file_is_refused(paths, monkeypatch, tmp_path):
    store_key(CANARY, paths)
    with monkeypatch.context() as other:
        other.setattr(os, "geteuid", lambda: 987_654)
        with pytest.raises(ConfigError, match="another user"):
            find_key({}, Config(), paths)
    paths.key_file.rename(tmp_path / "elsewhere")
    paths.key_file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="symbolic link"):
        find_key({}, Config(), paths)
    paths.key_file.unlink()
    paths.key_file.mkdir()
    with pytest.raises(ConfigError, match="folder"):
        find_key({}, Config(), paths)
    paths.key_file.rmdir()
    os.mkfifo(paths.key_file, 0o600)
    with pytest.raises(ConfigError, match="not a regular file"):
        find_key({}, Config(), paths)


@pytest.mark.parametrize("content", [b"", b"two words here it is", b"\xff\xfe\x00" * 10, b"x" * 100_000])
def test_a_file_with_something_else_in_it_is_refused(paths, content):
    store_key(CANARY, paths)
    paths.key_file.write_bytes(content)
    with pytest.raises(ConfigError, match="key file"):
        find_key({}, Config(), paths)


# What can be a key


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("   ", "white space"),
        (f"{CANARY} {CANARY}", "white space"),
        (f"{CANARY}\n", "white space"),
        ("sk-ant-ключ-0123456789", "no key has"),
        (CANARY + "\x1b[0m", "no key has"),
        (CANARY + "\u200b", "no key has"),
        ("sk-ant-api03", "too short"),
    ],
)
def test_what_cannot_be_a_key_is_said_without_repeating_it(text, reason):
    said = looks_like_key(text)
    assert said and reason in said
    assert not text.strip() or text not in said


def test_a_key_can_be_a_key():
    assert looks_like_key(CANARY) is None
    assert looks_like_key(PLAIN) is None


# How it stays out of everything


def test_a_key_shows_itself_only_when_asked(paths):
    key = Key(CANARY, "a test")
    shown = [repr(key), str(key), f"{key}", f"{key!r:>50}", "%s %r" % (key, key), repr([key]), repr({"k": key})]  # noqa: UP031
    assert not [text for text in shown if "CaNaRy" in text]
    for copying in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            copying(key)
    assert not hasattr(key, "__dict__")
    try:
        raise RuntimeError(key)
    except RuntimeError as error:
        report = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "key = <Key from a test>" in report
    assert "CaNaRy" not in report


SHAPES = {
    "bare": CANARY,
    "header": f"x-api-key: {CANARY}",
    "dict": repr({"x-api-key": CANARY}),
    "bytes": repr([(b"X-Api-Key", CANARY.encode())]),
    "bearer": f"Authorization: Bearer {CANARY}",
    "json": f'{{"key":"{CANARY}"}}',
    "url": f"https://host/?key={quote(CANARY)}&x=1",
    "shell": f"ANTHROPIC_API_KEY={CANARY} claude-tui",
    "twice": f"{CANARY}{CANARY}",
    "base64": base64.b64encode(CANARY.encode()).decode(),
    "hex": CANARY.encode().hex(),
    "cut": CANARY[:24] + "…",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_key_is_redacted_in_every_shape(shape):
    Key(CANARY, "a test")
    hidden = redact(SHAPES[shape])
    assert "CaNaRy" not in hidden
    assert "[redacted]" in hidden
    assert base64.b64encode(CANARY.encode()).decode()[:20] not in hidden
    assert CANARY.encode().hex()[:20] not in hidden


def test_a_key_is_redacted_by_its_pattern_alone():
    for shape in ("bare", "header", "dict", "bytes", "bearer", "json", "url", "shell", "twice", "cut"):
        assert "CaNaRy" not in redact(SHAPES[shape])
    assert redact("Authorization: bearer abcDEF0123456789xyz, more") == "Authorization: bearer [redacted], more"
    assert redact("{'x-api-key': 'abcdef0123456789'}") == "{'x-api-key': '[redacted]'}"


def test_another_kind_of_key_is_redacted_by_value_and_counted():
    conceal(PLAIN)
    for shape in (PLAIN, quote(PLAIN, safe=""), base64.b64encode(PLAIN.encode()).decode()):
        assert shape not in redact(f"see {shape} there")
        assert redacted(f"see {shape} and {shape} there")[1] == 2
    for before in ("", "a", "ab", "abc"):
        inside = base64.b64encode(f"{before}{PLAIN} and more".encode()).decode()
        assert PLAIN[:-2].encode() not in base64.b64decode(redact(inside).partition("[")[0] + "==")
        assert "[redacted]" in redact(inside)


@pytest.mark.parametrize("key", ['a\\b"c0123456789', "it's/0123456789'"])
def test_a_key_with_quotes_is_redacted_as_json_and_as_repr(key):
    conceal(key)
    for shape in (json.dumps({"key": key}), repr({"key": key}), repr(key.encode()), key):
        assert "0123456789" not in redact(shape)


def test_what_the_environment_puts_into_every_request_is_concealed(paths):
    value = f"X-Team: blue2-team\nX-Gateway-Token: {PLAIN}\nAuthorization: Bearer tiny-1 and more"
    find_key({"ANTHROPIC_CUSTOM_HEADERS": value}, Config(), paths)
    assert redact(f"{PLAIN}, Bearer tiny-1 and more, blue2-team") == "[redacted], [redacted], blue2-team"


def test_innocent_text_stays():
    text = "The bearer authentication-header x-api-key: YOUR_API_KEY, a sk-ant- key, basketry, and ollama. " * 3
    for word in ("", "key", "abc", "ollama", "not-needed"):
        conceal(word)
    assert redact(text) == text
    assert concealed() == ()


def test_redacting_is_linear():
    conceal(CANARY)
    for text in ("bearer " + "a" * 300_000, "x-api-key" * 40_000, "sk-ant-" * 50_000, "x-api-key:" + " " * 300_000):
        begun = time.process_time()
        redact(text)
        assert time.process_time() - begun < 2


# The keyring: its real surface, with a memory of its own


class Ring:
    """What ``keyring`` gives, as its documentation has it."""

    def __init__(self, priority: float = 5, locked: bool = False, forgetful: bool = False) -> None:
        self.priority = priority
        self.locked = locked
        self.forgetful = forgetful
        self.passwords: dict[tuple[str, str], str] = {}

    def get_keyring(self):
        return self

    def get_password(self, service_name: str, username: str) -> str | None:
        if self.locked:
            raise PermissionError("the collection is locked: " + CANARY)
        return self.passwords.get((service_name, username))

    def set_password(self, service_name: str, username: str, password: str) -> None:
        if self.locked:
            raise PermissionError("the collection is locked: " + password)
        if not self.forgetful:
            self.passwords[service_name, username] = password

    def delete_password(self, service_name: str, username: str) -> None:
        del self.passwords[service_name, username]


@pytest.fixture
def ring(monkeypatch):
    def install(**kind) -> Ring:
        made = Ring(**kind)
        monkeypatch.setitem(sys.modules, "keyring", made)
        monkeypatch.setattr(key_ring, "installed", lambda: True)
        return made

    return install


def test_a_key_is_kept_in_the_keyring_where_there_is_one(ring, paths):
    there = ring()
    stored = store_key(CANARY, paths)
    assert stored.source == "the keyring" and list(there.passwords.values()) == [CANARY]
    assert not paths.config_dir.exists()
    found = find_key({}, Config(), paths)
    assert found and (found.reveal(), found.source) == (CANARY, "the keyring")
    assert forget_key(paths) == ("the keyring",)
    assert not there.passwords and find_key({}, Config(), paths) is None


def test_the_keyring_comes_after_the_command_and_before_the_file(ring, paths):
    store_key("stored-in-a-file-0123", paths)
    there = ring()
    there.passwords[key_ring.SERVICE, key_ring.ACCOUNT] = CANARY
    asked = printing("from-the-command")
    found = [
        find_key(env, config, paths)
        for env, config in (({"ANTHROPIC_API_KEY": PLAIN}, asked), ({}, asked), ({}, Config()))
    ]
    assert [key.reveal() for key in found if key] == [PLAIN, "from-the-command", CANARY]


def test_only_one_key_is_stored_whatever_was_before(ring, paths):
    store_key("stored-in-a-file-0123", paths)
    there = ring()
    store_key(CANARY, paths)
    assert not paths.key_file.exists()
    there.forgetful = True
    stored = store_key("another-key-0123456789", paths)
    assert "key file" in stored.source and not there.passwords
    found = find_key({}, Config(), paths)
    assert found and found.reveal() == "another-key-0123456789"


@pytest.mark.parametrize("kind", [{"locked": True}, {"priority": 0.5}, {"priority": 0}, {"forgetful": True}])
def test_a_keyring_that_is_none_leaves_the_key_to_the_file(ring, paths, kind):
    ring(**kind)
    assert "key file" in store_key(CANARY, paths).source
    found = find_key({}, Config(), paths)
    assert found and found.reveal() == CANARY and "key file" in found.source


def test_a_locked_keyring_is_said_without_its_words(ring, paths):
    ring(locked=True)
    with pytest.raises(ConfigError, match=r"keyring cannot be used \(PermissionError\); set ANTHROPIC_API_KEY") as said:
        find_key({}, Config(), paths)
    assert "CaNaRy" not in str(said.value)


def test_a_keyring_that_never_answers_does_not_hold_the_start(ring, paths, monkeypatch):
    there = ring()
    let_go = threading.Event()
    monkeypatch.setattr(there, "get_password", lambda *_: let_go.wait(30))
    monkeypatch.setattr(key_ring, "SECONDS", 0.05)
    with pytest.raises(ConfigError, match="did not answer"):
        find_key({}, Config(), paths)
    let_go.set()


def test_without_the_package_nothing_is_imported(monkeypatch, paths):
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setattr(key_ring, "find_spec", lambda name: None)
    assert "key file" in store_key(CANARY, paths).source
    assert find_key({}, Config(), paths) and forget_key(paths)


def test_the_real_package_is_used_as_it_is_documented(monkeypatch, paths):
    keyring = pytest.importorskip("keyring")
    from keyring.backend import KeyringBackend
    from keyring.backends import fail, null

    kept: dict[tuple[str, str], str] = {}

    class Memory(KeyringBackend):
        priority = 5

        def get_password(self, service, username):
            return kept.get((service, username))

        def set_password(self, service, username, password):
            kept[service, username] = password

        def delete_password(self, service, username):
            del kept[service, username]

    before = keyring.get_keyring()
    try:
        for backend, place in (
            (Memory(), "the keyring"),
            (null.Keyring(), "key file"),
            (fail.Keyring(), "key file"),
        ):
            keyring.set_keyring(backend)
            assert place in store_key(CANARY, paths).source
            found = find_key({}, Config(), paths)
            assert found and found.reveal() == CANARY and place in found.source
            assert forget_key(paths) and find_key({}, Config(), paths) is None
    finally:
        keyring.set_keyring(before)


# What is said about places


def test_the_places_passed_over_are_named(paths):
    store_key(CANARY, paths)
    env = {"ANTHROPIC_API_KEY": CANARY, "ANTHROPIC_AUTH_TOKEN": PLAIN}
    file = f"the key file ({paths.key_file})"
    assert passed_over(env, Config(), paths) == ("the environment (ANTHROPIC_AUTH_TOKEN)", file)
    assert passed_over({}, printing("x"), paths) == (file,)
    assert passed_over({}, Config(), paths) == ()
    assert asked_first({"ANTHROPIC_API_KEY": " "}, Config()) == ()
    assert asked_first(env, printing("x"))[-1] == "the key command"


def test_the_doctor_names_what_is_used_and_what_is_not(home, monkeypatch):
    paths = Paths.default()
    store_key("stored-key-0123456789", paths)
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    [key] = [finding for finding in examine() if finding.what == "key"]
    assert key.good
    assert key.sentence == f"from the environment (ANTHROPIC_API_KEY); not from the key file ({paths.key_file})"


def test_the_doctor_shows_what_stands_in_the_way_and_masks_it(home, monkeypatch, tmp_path):
    monkeypatch.setenv("HTTPS_PROXY", "http://someone:Pass//W0rd@proxy.example:3128")
    monkeypatch.setenv("all_proxy", "someone:Pass//W0rd@proxy.example")
    monkeypatch.setenv("NO_PROXY", "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", f"X-Team: blue\nAuthorization: Bearer {PLAIN}")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://gateway.example/v1?key=" + CANARY)
    said = {f"{finding.what}: {finding.sentence}" for finding in examine()}
    assert said >= {
        "proxy: http://…@proxy.example:3128, from HTTPS_PROXY",
        "proxy: …@proxy.example, from all_proxy",
        "proxy: localhost, from NO_PROXY",
        f"certificates: {tmp_path}/gone.pem, from SSL_CERT_FILE, which is not there: no connection will be trusted",
        "header: X-Team (4 characters), from ANTHROPIC_CUSTOM_HEADERS",
        f"header: Authorization ({7 + len(PLAIN)} characters), from ANTHROPIC_CUSTOM_HEADERS",
        "address: https://gateway.example/v1?key=[redacted], from ANTHROPIC_BASE_URL",
    }
    assert not [sentence for sentence in said if "W0rd" in sentence or PLAIN in sentence or "CaNaRy" in sentence]


# No certificate is ever taken unseen


def test_verification_is_never_switched_off():
    for path in (ROOT / "claude_tui").rglob("*.py"):
        text = path.read_text()
        for forbidden in ("verify=", "CERT_NONE", "check_hostname", "_create_unverified_context", "shell=True"):
            assert forbidden not in text, f"{forbidden} in {path}"
