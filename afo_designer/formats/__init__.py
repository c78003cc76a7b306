"""Formats: one file per file format; sees geometry only."""
