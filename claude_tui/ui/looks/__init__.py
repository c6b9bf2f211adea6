"""Themes, styles and the width of letters."""
