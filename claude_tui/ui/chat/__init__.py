"""What can be done with what lies open before the reader: a layer a file, from what lies there up to the commands."""
