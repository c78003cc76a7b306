import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from limb_scans import ROOT, SCANS, as_scan, load

from afo_designer.geometry.frame import Frame
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.limb import Limb
from afo_designer.limb.locate import locate_limb


@pytest.fixture(scope="session")
def demo_mesh() -> TriMesh:
    """The demonstration limb that ships with the project: a left leg in the limb frame."""
    return load(ROOT / "scans" / "demo_limb.ply")


@pytest.fixture(scope="session")
def demo_truth() -> dict[str, np.ndarray]:
    marks = json.loads((ROOT / "scans" / "demo_limb.landmarks.json").read_text())
    return {name: np.array(place) for name, place in marks.items()}


@pytest.fixture(scope="session")
def demo_limb(demo_mesh: TriMesh) -> Limb:
    return locate_limb(as_scan(demo_mesh))


@pytest.fixture(scope="session")
def shared_leg() -> Callable[[str], tuple[TriMesh, dict[str, Any]]]:
    def leg(name: str) -> tuple[TriMesh, dict[str, Any]]:
        if not SCANS.is_dir():
            pytest.skip("the shared scans are not here")
        path = next(iter(SCANS.glob(f"{name}.ply")), None) or next(SCANS.glob(f"{name}.stl"))
        truth = path.with_suffix(".json")
        return load(path), json.loads(truth.read_text()) if truth.exists() else {}

    return leg


@pytest.fixture(scope="session")
def motion() -> Frame:
    """Any rigid motion."""
    turn = Frame.about_axis([10.0, -40.0, 5.0], [0.3, -0.8, 0.52], 2.2)
    return Frame(turn.rotation, turn.origin + np.array([120.0, -300.0, 77.0]))
