"""Program: which one makes the results, as a digest, and where a job of it finds its modules."""

from __future__ import annotations

import hashlib
import os
import site
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import afo_designer

PACKAGES = ("numpy", "scipy", "embreex", "vtk", "manifold3d", "cadquery", "matplotlib", "typst")


def catalogue_folder() -> Path:
    """Where templates and materials lie: in the installed package, or beside it in a checkout."""
    package = Path(afo_designer.__file__).parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


@cache
def code_digest() -> str:
    """SHA-256 over this package's files, its catalogue and the versions of what it computes with.

    Two machines with the same digest make the same bytes of the same order.
    """
    files = sorted(Path(afo_designer.__file__).parent.rglob("*.py"))
    files += sorted(catalogue_folder().rglob("*.toml"))
    total = hashlib.sha256(version("afo-designer").encode())
    for path in files:
        total.update("/".join(path.parts[-2:]).encode())
        total.update(path.read_bytes())
    for name in PACKAGES:
        try:
            total.update(f"{name}={version(name)};".encode())
        except PackageNotFoundError:
            total.update(f"{name}=absent;".encode())
    return total.hexdigest()


def import_path() -> dict[str, str]:
    """The environment by which a job finds this very package, where it is not installed."""
    above = str(Path(afo_designer.__file__).parents[1])
    if above in site.getsitepackages():
        return {}
    known = os.environ.get("PYTHONPATH", "")
    return {"PYTHONPATH": f"{above}{os.pathsep}{known}" if known else above}
