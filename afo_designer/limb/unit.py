"""Unit: what a file's numbers mean, and the Scan they make."""

from __future__ import annotations

import numpy as np

from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.reading import best_reading
from afo_designer.limb.scan import Scan
from afo_designer.limb.surface import check_surface, leg_surface

MM_PER_UNIT = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "inch": 25.4}
# Longest extent of a leg scan, mm: from a toddler's foot and ankle to an adult's leg with the
# thigh and some floor about it.
_EXTENTS = (150.0, 1500.0)
# Feet, mm: toddler to the longest that ANSUR II met (302) and a margin (science.md §8, read).
_FEET = (105.0, 340.0)
# Foot length over stature: adults 0.15 ± 0.007, toddlers up to 0.17 (science.md §8, recalled); a
# short or swollen foot and a scanned shoe stay inside, two units a factor of 2.54 apart never do.
_FOOT_SHARE = (0.11, 0.20)


class UnitUnclear(InputRefused):
    """The unit cannot be told from the numbers, or two statements about it disagree."""


def infer_unit(extent: float) -> tuple[str, ...]:
    """Units in which a leg scan may have this longest extent, in the file's own numbers.

    Metres and millimetres exclude all others; centimetres and inches overlap from 15 to 59, where
    only the foot's length can tell. Empty when no unit fits.
    """
    low, high = _EXTENTS
    order = ("mm", "m", "cm", "inch")
    fits = [unit for unit in order if low <= extent * MM_PER_UNIT[unit] < high]
    # 150 cm is at the very end of its range, 150 mm an ordinary short scan
    return ("mm",) if "mm" in fits else tuple(fits)


def longest_extent(mesh: TriMesh) -> float:
    """Extent along the principal axis, from the 0.5th to the 99.5th percentile of the surface.

    The same in every pose, and stray points do not change it.
    """
    points = mesh.vertices[mesh.triangles[:, 0]]
    centred = points - points.mean(axis=0)
    axis = np.linalg.eigh(centred.T @ centred)[1][:, 2]
    low, high = np.percentile(centred @ axis, [0.5, 99.5])
    return float(high - low)


def scan_from_mesh(
    mesh: TriMesh,
    sha256: str,
    format: str,
    declared_unit: str | None = None,
    given_unit: str | None = None,
    repairs: tuple[str, ...] = (),
    height_mm: float | None = None,
) -> Scan:
    """A file's mesh in its own numbers → a Scan in millimetres.

    `declared_unit` is what the file says, `given_unit` what the person says; without either the
    unit is inferred, and the stature `height_mm` settles what the foot alone leaves open. A given
    unit overrides a declared one, and `repairs` says so with both readings. Raises
    `UnitUnclear`, and `NoFootFound` or `ScanTooPoor` when only the foot could tell.
    """
    for unit in (declared_unit, given_unit):
        if unit is not None and unit not in MM_PER_UNIT:
            raise UnitUnclear(f"unknown unit {unit!r}; known: {', '.join(MM_PER_UNIT)}")
    check_surface(mesh)
    extent = longest_extent(mesh)
    if given_unit is not None:
        if declared_unit not in (None, given_unit):
            repairs = (*repairs, _overridden(extent, str(declared_unit), given_unit))
        unit, source = given_unit, "given"
    elif declared_unit is not None:
        unit, source = declared_unit, "declared"
    else:
        unit, source = _inferred(mesh, extent, height_mm), "inferred"
    _check_extent(extent, unit, source)
    factor = MM_PER_UNIT[unit]
    scaled = mesh if factor == 1.0 else mesh.with_vertices(mesh.vertices * factor)
    return Scan(scaled, sha256, format, unit, source, factor, repairs)


def _overridden(extent: float, declared: str, given: str) -> str:
    return (
        f"the file declares its unit as {declared} ({_size(extent, declared)}), but {given} was "
        f"given ({_size(extent, given)}); the unit that was given stands"
    )


def _plausible(extent: float, unit: str) -> bool:
    return _EXTENTS[0] <= extent * MM_PER_UNIT[unit] <= _EXTENTS[1]


def _size(extent: float, unit: str) -> str:
    return f"{extent * MM_PER_UNIT[unit]:.4g} mm long"


def _check_extent(extent: float, unit: str, source: str) -> None:
    if not _plausible(extent, unit):
        others = ", ".join(infer_unit(extent)) or "none"
        raise UnitUnclear(
            f"with the unit {unit} ({source}) the scan is {_size(extent, unit)}; a leg measures "
            f"{_EXTENTS[0]:.0f} to {_EXTENTS[1]:.0f} mm. Units that would fit: {others}"
        )


def unit_remark(scan: Scan) -> str | None:
    """What to confirm where a unit other than millimetres was inferred."""
    if scan.unit_source != "inferred" or scan.unit == "mm":
        return None
    return (
        f"the file declares no unit; it was read in {scan.unit} ({scan.mm_per_unit:g} mm each), "
        f"which makes the scan {longest_extent(scan.mesh):.0f} mm long: confirm the unit"
    )


def check_stature(scan: Scan, foot_length: float, height_mm: float) -> str | None:
    """Hold (`UnitUnclear`) a foot that cannot belong to a person of this height.

    `foot_length` in mm. Where the unit was given by hand that stands, and the remark is returned.
    """
    share = foot_length / height_mm
    if _FOOT_SHARE[0] <= share <= _FOOT_SHARE[1]:
        return None
    low, high = (share * height_mm for share in _FOOT_SHARE)
    in_file = foot_length / scan.mm_per_unit
    others = [
        f"{in_file * factor:.0f} mm in {unit}"
        for unit, factor in MM_PER_UNIT.items()
        if low <= in_file * factor <= high
    ]
    said = (
        f"the foot is {foot_length:.0f} mm long with the unit {scan.unit} ({scan.unit_source}), "
        f"but a person {height_mm:.0f} mm tall has feet of {low:.0f} to {high:.0f} mm"
        + (f"; it would be {' or '.join(others)}" if others else "")
    )
    if scan.unit_source == "given":
        return f"{said}; the unit that was given stands"
    raise UnitUnclear(f"{said}: give the unit, or check the height and whose scan it is")


def _inferred(mesh: TriMesh, extent: float, height_mm: float | None) -> str:
    fits = infer_unit(extent)
    if not fits:
        raise UnitUnclear(
            f"the scan is {extent:.4g} long and carries no unit; as a leg it should be "
            f"{_EXTENTS[0]:.0f} to {_EXTENTS[1]:.0f} mm in millimetres, centimetres, metres or "
            "inches: give the unit"
        )
    if len(fits) == 1:
        return fits[0]
    # Any scale serves to find the foot; this one keeps the surface's tolerances sensible.
    scaled = mesh.with_vertices(mesh.vertices * (450.0 / extent))
    reading, _ = best_reading(leg_surface(scaled).pieces, {})
    foot = reading.pose.foot_length * extent / 450.0
    low, high = _FEET
    if height_mm is not None:
        low, high = (share * height_mm for share in _FOOT_SHARE)
    left = [unit for unit in fits if low <= foot * MM_PER_UNIT[unit] <= high]
    if len(left) != 1:
        sizes = " or ".join(f"{foot * MM_PER_UNIT[unit]:.0f} mm ({unit})" for unit in fits)
        raise UnitUnclear(
            f"the foot could be {sizes}; the file carries no unit: give it, or the person's height"
        )
    return left[0]
