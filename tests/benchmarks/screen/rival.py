"""What Textual offers for the same: a ``Markdown`` and its stream, as its documentation has it."""

from __future__ import annotations

import asyncio
import json
import os
from urllib.parse import urlsplit

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Markdown


class Rival(App[None]):
    """It reads the reply with nothing between the socket and the widget, and keeps it nowhere."""

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Markdown()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).anchor()
        self.run_worker(self.listen())

    async def listen(self) -> None:
        address = urlsplit(os.environ["ANTHROPIC_BASE_URL"])
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(b"POST /v1/messages HTTP/1.1\r\ncontent-length: 0\r\n\r\n")
        stream = Markdown.get_stream(self.query_one(Markdown))
        while await reader.readline() != b"\r\n":
            pass
        rest = b""
        while size := int(await reader.readline(), 16):
            *whole, rest = (rest + await reader.readexactly(size)).split(b"\n\n")
            await reader.readexactly(2)
            for record in whole:
                event = json.loads(record.partition(b"data: ")[2])
                if text := event.get("delta", {}).get("text"):
                    await stream.write(text)
        await stream.stop()


if __name__ == "__main__":
    Rival().run()
