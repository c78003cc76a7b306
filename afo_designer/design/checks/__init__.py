"""Checks: one file each; a new check is a new file here and is found by the registry."""
