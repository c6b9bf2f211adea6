"""The parser and the highlighter are loaded when they are needed, not before."""

import subprocess
import sys

PROGRAM = """
import sys
import claude_tui.markdown as markdown
loaded = lambda name: any(module.split(".")[0] == name for module in sys.modules)
assert not loaded("markdown_it") and not loaded("pygments"), "imported with the package"
markdown.split_source("a" * 9000), markdown.estimate_height("a", 8)
assert not loaded("markdown_it")
document = markdown.Document("text\\n\\n```nope\\nx\\n```", complete=True)
assert loaded("markdown_it") and not loaded("pygments"), "a parse needs no highlighter"
list(block.lines(20, len) for block in document.blocks)
document = markdown.Document("```python\\nx\\n```", complete=True)
list(block.lines(20, len) for block in document.blocks)
assert loaded("pygments") and not loaded("textual") and not loaded("rich")
"""


def test_importing_loads_neither_parser_nor_highlighter():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
