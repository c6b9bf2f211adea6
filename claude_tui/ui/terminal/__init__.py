"""The terminal itself: what comes from it, what it is told, and what it lends to others."""
