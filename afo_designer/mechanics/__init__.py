"""Mechanics: shell finite elements and the virtual test bench. Knows nothing of orthotics."""
