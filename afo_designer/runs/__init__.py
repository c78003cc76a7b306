"""Runs: scans and templates become folders of results."""
