"""The demonstration limb, `scans/demo_limb.ply`, and its ground truth, by the generator's defaults.

`python benchmarks/make_demo.py` writes both; with `--check` it writes nothing and exits with 1 when
the files in the tree differ from what the generator makes now.
"""

import json
import sys
from pathlib import Path

import numpy as np

from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.generator import SyntheticLimb, generate_limb

SCANS = Path(__file__).parent.parent / "scans"


def single_precision_ply(mesh: TriMesh) -> bytes:
    """Binary PLY with float coordinates, as scanners write it: half the size of doubles."""
    head = (
        "ply\nformat binary_little_endian 1.0\n"
        f"element vertex {len(mesh.vertices)}\n"
        "property float x\nproperty float y\nproperty float z\n"
        f"element face {len(mesh.triangles)}\n"
        "property list uchar int vertex_indices\nend_header\n"
    )
    faces = np.zeros(len(mesh.triangles), dtype=[("count", "u1"), ("corners", "<i4", 3)])
    faces["count"] = 3
    faces["corners"] = mesh.triangles
    # Rounded to a micrometre first: the last bits differ between processors.
    points = np.round(mesh.vertices, 3) + 0.0
    return head.encode("ascii") + points.astype("<f4").tobytes() + faces.tobytes()


def ground_truth(limb: SyntheticLimb) -> str:
    marks = {name: [round(float(x), 2) + 0.0 for x in p] for name, p in limb.landmarks.items()}
    lines = [f"  {json.dumps(name)}: {json.dumps(point)}" for name, point in marks.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> int:
    limb = generate_limb()
    files = {
        "demo_limb.ply": single_precision_ply(limb.mesh),
        "demo_limb.landmarks.json": ground_truth(limb).encode("utf-8"),
    }
    differ = 0
    for name, data in files.items():
        path = SCANS / name
        if "--check" in sys.argv[1:]:
            same = path.exists() and path.read_bytes() == data
            differ += not same
            print(f"{name}: {'the same' if same else 'DIFFERS'}, {len(data)} bytes")
        else:
            path.write_bytes(data)
            print(f"{name}: {len(data)} bytes, {len(limb.mesh.triangles)} triangles")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
