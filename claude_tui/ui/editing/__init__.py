"""Editing text as shells and vi do, known by nobody but the prompt: a text, a cursor, and what becomes of them."""
