"""What happens, told as it happens: the lines of the log, in one order for all who read."""
