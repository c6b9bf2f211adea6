"""Keys and commands: the one table, which keys are in force, and the order in which keys are done."""
