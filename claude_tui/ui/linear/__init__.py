"""The mode for screen readers: plain lines in the terminal's own scrollback, on the same turns, store and budgets.

A screen reader speaks what is newly written at the cursor, and nothing else can be relied on. The full-screen app
paints cells anywhere and the same ones again, so a reader of it either stays silent or speaks the frame over and
over; no arrangement of its widgets changes that. So this is no view of that screen but another way to run: nothing is
ever moved, erased or painted again, not one escape sequence is written, a paragraph is written once it is whole, and
the line that is typed is the terminal's own, whose echo and editing every reader knows.

What that costs: a line that is typed is as long as the terminal's line discipline takes (4,095 bytes; ``/editor`` has
no such end), it is edited at its end only, and a line not sent is lost with the process.
"""
