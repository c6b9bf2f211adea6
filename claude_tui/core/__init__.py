"""Values and pure functions: what a conversation is, and what follows from what happened.

Standard library only; no I/O, no clock, no ids, no threads. A reply is what you get when you
fold its events; whoever shows it, saves it, prices it or replays it folds the same events with
the same function.
"""
