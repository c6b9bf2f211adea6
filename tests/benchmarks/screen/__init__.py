"""What the screen may cost, each budget a row of one table, measured against a floor of the same run."""
