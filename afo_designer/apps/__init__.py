"""Apps: the command line and the pages a person reads."""
