"""Design: the only place where anatomy meets mechanics."""
