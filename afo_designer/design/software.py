"""Software: what a record names as its maker."""

from __future__ import annotations

from importlib.metadata import version


def software_version() -> str:
    """The installed package's version."""
    return version("afo-designer")
