"""What is said on the screen: figures, bills, endings, lists, in words. Pure functions."""
