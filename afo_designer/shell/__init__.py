"""Shell: the one parametric surface, its trim and its thickness."""
