"""What goes with a question and what does not, by what is in the file."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_tui.attachments import reading
from claude_tui.attachments.kinds import Damaged, kind_of
from claude_tui.attachments.pdf import pages_of
from claude_tui.attachments.reading import Refusal, attach_bytes, attach_path

from .samples import gif, jpeg, pdf, png, webp


@pytest.mark.parametrize(
    ("name", "data", "media_type", "size"),
    [
        ("a.png", png(30, 20), "image/png", (30, 20)),
        ("a.jpg", jpeg(70, 50), "image/jpeg", (70, 50)),
        ("a.jpeg", jpeg(), "image/jpeg", (7, 5)),
        ("a.gif", gif(), "image/gif", (4, 9)),
        ("a.webp", webp("VP8X"), "image/webp", (640, 480)),
        ("a.webp", webp("VP8L"), "image/webp", (640, 480)),
        ("a.webp", webp("VP8"), "image/webp", (640, 480)),
        ("a.pdf", pdf(), "application/pdf", (0, 0)),
        ("a.py", b"print('hello')\n", "text/plain", (0, 0)),
        ("noname", "Grüße, 彼は走った".encode(), "text/plain", (0, 0)),
        ("win.txt", "\ufeffhello".encode("utf-16"), "text/plain", (0, 0)),
        ("old.txt", "Grüße".encode("cp1252"), "text/plain", (0, 0)),
    ],
)
def test_what_the_api_takes_is_known_by_its_content(
    name: str, data: bytes, media_type: str, size: tuple[int, int], tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    found = attach_path(name, tmp_path)
    assert (found.media_type, found.width, found.height) == (media_type, *size)
    assert found.data == data and found.name == name


def test_a_text_is_read_as_it_was_written() -> None:
    for encoding, label in (("utf-8", ""), ("utf-8-sig", ""), ("utf-16", "UTF-16"), ("cp1252", "Windows-1252")):
        found = attach_bytes("Grüße\n".encode(encoding), "a.txt")
        assert found.text == "Grüße\n" and label in found.note


def test_pages_are_counted_in_packed_objects_too() -> None:
    assert [pages_of(pdf(3)), pages_of(pdf(4, packed=True))] == [3, 4]
    packed = pdf(1, packed=True)
    start, end = packed.index(b"5 0 obj"), packed.index(b"trailer")
    assert pages_of(packed[:start] + packed[start:end] * 300 + packed[end:]) == 300, "however many streams they are in"


def test_a_file_with_another_name_goes_as_what_it_is_and_that_is_said() -> None:
    found = attach_bytes(jpeg(), "photo.png")
    assert (
        found.media_type == "image/jpeg" and found.note == "photo.png is a JPEG image by its content, and goes as one."
    )
    assert attach_bytes(pdf(), "photo.png").note == "photo.png is a PDF by its content, and goes as one."


BAD = [
    ("a.png", png()[:-6], "a.png is a PNG image that is cut off: save it anew, or send another."),
    ("a.png", png()[:20], "a.png is a PNG image that is cut off in its head: save it anew, or send another."),
    ("a.jpg", jpeg()[:-2], "a.jpg is a JPEG image that is cut off: save it anew, or send another."),
    ("a.jpg", jpeg()[:12], "a.jpg is a JPEG image that is cut off in its head: save it anew, or send another."),
    ("a.gif", gif()[:-1], "a.gif is a GIF image that is cut off: save it anew, or send another."),
    ("a.webp", webp()[:-4], "a.webp is a WebP image that is cut off in its head: save it anew, or send another."),
    ("a.webp", webp("VP8L")[:-1], "a.webp is a WebP image that is cut off: save it anew, or send another."),
    ("a.pdf", pdf()[:-20], "a.pdf is a PDF that is cut off: save it anew, or send another."),
    ("a.pdf", pdf(locked=True), "a.pdf is a PDF that is locked with a password: save it anew, or send another."),
    ("a.pdf", pdf(601), "a.pdf has 601 pages, and the API takes 600: send a part of it."),
    ("a.png", png(0, 4), "a.png is an image without a size: save it anew, or send another."),
    ("a.png", b"<html>", "a.png is no image but a text by its content: look into it, or give it another name."),
    ("a.pdf", b"words", "a.pdf is no PDF but a text by its content: look into it, or give it another name."),
    ("a.heic", b"\0\0\0\x18ftypheic\0\0", "a.heic is a HEIC image, which cannot be sent: convert it to JPEG."),
    ("a.bmp", b"BM\0\0\0\1\2", "a.bmp is a BMP image, which cannot be sent: convert it to PNG."),
    ("a.docx", b"PK\3\4\0\0\0", ("a.docx is a zip archive, or an office document, which cannot be sent: unpack it, or "
     "save it as PDF or text.")),
    ("a.bin", b"\0\1\2\3", ("a.bin is neither a text nor an image or PDF that the API takes, which cannot be sent: "
     "convert it to one of these.")),
    ("a.txt", b"", "a.txt is empty: there is nothing to send."),
    ("a.txt", b" \n\t\n", "a.txt has nothing in it but white space: there is nothing to send."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "sentence"), BAD)
def test_what_the_api_does_not_take_is_said_in_one_sentence(name: str, data: bytes, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        attach_bytes(data, name)
    assert str(refused.value) == sentence


def _large(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def test_what_is_no_file_to_read_is_said_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "tree"
    inside.mkdir()
    (tmp_path / "secret").write_text("words")
    (inside / "out").symlink_to(tmp_path / "secret")
    (inside / "away").symlink_to(tmp_path)
    (inside / "gone").symlink_to(inside / "nowhere")
    (inside / "round").symlink_to(inside / "round")
    (inside / "folder").mkdir()
    os.mkfifo(inside / "pipe")
    monkeypatch.chdir(inside)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind("socket")
    _large(inside / "huge", reading.LARGEST + 1)
    rows = {
        "out": f"out is a link that leads out of this folder, to {tmp_path}/secret: give that path if you mean it.",
        "away/secret": "secret is a link that leads out of this folder",
        "gone": "gone is a link to what is not there: attach the file itself.",
        "round": "round cannot be opened: too many levels of symbolic links; check the path.",
        "folder": "folder is a folder: attach the files in it, one by one or with a pattern such as folder/*.",
        "pipe": "pipe is a pipe, not a file: write what comes of it to a file first.",
        "socket": "socket is a socket or a device, not a file: write what comes of it to a file first.",
        "/dev/zero": "zero is a device, not a file: write what comes of it to a file first.",
        "nowhere.txt": "nowhere.txt is not there: check the path, or type @ to look for it.",
        "a\0b": "is no name a file can have; check it.",
        "x" * 300: "cannot be opened: file name too long; check the path.",
        "~nobody-at-all/a": "a names a home folder that is not there; write the whole path.",
        "huge": "huge has 64.0 MB, and a file may have 64.0 MB: send a part of it.",
        "bad\x1b[31m\nname": "is not there",
    }
    for path, sentence in rows.items():
        with pytest.raises(Refusal) as refused:
            attach_path(path, inside)
        said = str(refused.value)
        assert sentence in said and "\x1b" not in said and "\n" not in said
    listening.close()
    assert attach_path(str(tmp_path / "secret"), inside).text == "words"
    assert attach_path("../secret", inside).text == "words"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "locked").write_text("words")
    (tmp_path / "locked").chmod(0)
    with pytest.raises(Refusal, match="may not be read by you"):
        attach_path("locked", tmp_path)


def test_a_file_that_changes_while_it_is_read_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.txt"
    path.write_text("one\n")
    read = os.read

    def growing(descriptor: int, size: int) -> bytes:
        if path.stat().st_size < 20:
            with path.open("a") as file:
                file.write("two\n" * 5)
        return read(descriptor, size)

    monkeypatch.setattr(os, "read", growing)
    with pytest.raises(Refusal, match=r"log\.txt changed while it was read"):
        attach_path("log.txt", tmp_path)


def test_without_pillow_too_large_an_image_is_refused_with_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "scaled", lambda *given: None)
    with pytest.raises(Refusal) as refused:
        attach_bytes(png(8001, 1), "wide.png")
    assert str(refused.value) == (
        "wide.png has 8,001 × 1 pixels, and the API takes 8,000 an edge: scale it down "
        "(the extra claude-tui[images] does that by itself)."
    )
    assert attach_bytes(png(4000, 1), "wide.png").width == 4000  # as it is
    monkeypatch.setattr(reading, "LARGEST_IMAGE", 50)
    with pytest.raises(Refusal, match="an image may have"):
        attach_bytes(png(), "heavy.png")


def test_with_pillow_a_large_image_is_scaled_down_and_that_is_said() -> None:
    pytest.importorskip("PIL")
    found = attach_bytes(png(9000, 900), "wide.png")
    assert (found.width, found.height) == (2000, 200) and kind_of(found.data).label == "PNG"
    assert found.note == "wide.png was scaled down from 9,000 × 900 pixels to 2,000 × 200: a model sees no more."


@given(st.sampled_from([png(), jpeg(), gif(), webp(), webp("VP8L"), webp("VP8"), pdf()]), st.data())
def test_no_damaged_file_does_more_than_be_refused(whole: bytes, data: st.DataObject) -> None:
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    place = data.draw(st.integers(0, len(whole) - 1))
    bent = whole[:place] + bytes([data.draw(st.integers(0, 255))]) + whole[place + 1 :]
    for bad in (cut, bent, cut + bent):
        try:
            attach_bytes(bad, "a")
        except Refusal as refused:
            assert str(refused).startswith("a ") and str(refused).endswith(".")


@given(st.binary(max_size=300))
def test_any_bytes_are_something(data: bytes) -> None:
    try:
        kind_of(data)
    except Damaged as error:
        assert str(error)
