"""Assembly: the sparse stiffness of a shell, in blocks of five by five dofs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import bsr_matrix, csr_matrix

from afo_designer.geometry.array import FloatArray, IntArray, frozen
from afo_designer.mechanics.family import DOFS_PER_NODE


@dataclass(frozen=True, slots=True)
class Pattern:
    """Where element blocks land in the global matrix; depends on the elements' nodes alone.

    `sums` (k, m · 16) adds the blocks of the elements' node pairs up to the k distinct ones,
    `columns` and `row_starts` are the block CSR structure; `dofs` (m · 20,) the dof numbers of all
    elements.
    """

    node_count: int
    dofs: IntArray
    sums: csr_matrix
    columns: IntArray
    row_starts: IntArray


def sparsity(elements: IntArray, node_count: int) -> Pattern:
    """The block pattern of elements (m, 4) over `node_count` nodes."""
    rows = np.repeat(elements, 4, axis=1).ravel()
    columns = np.tile(elements, (1, 4)).ravel()
    pairs = rows * node_count + columns
    order = np.argsort(pairs, kind="stable")
    distinct, starts = np.unique(pairs[order], return_index=True)
    row_starts = np.searchsorted(distinct, np.arange(node_count + 1) * node_count)
    ends = np.append(starts, len(order))
    sums = csr_matrix((np.ones(len(order)), order, ends), shape=(len(starts), len(order)))
    return Pattern(
        node_count,
        frozen(node_dofs(elements.ravel()).ravel(), dtype=np.int64),
        sums,
        frozen(distinct % node_count, dtype=np.int64),
        frozen(row_starts, dtype=np.int64),
    )


def assemble(pattern: Pattern, matrices: FloatArray) -> bsr_matrix:
    """Global K (5n, 5n) from element matrices (m, 20, 20) in the pattern's element order."""
    size = DOFS_PER_NODE
    blocks = matrices.reshape(-1, 4, size, 4, size).swapaxes(2, 3).reshape(-1, size * size)
    total = pattern.node_count * size
    if not len(blocks):
        return bsr_matrix((total, total), blocksize=(size, size))
    summed = (pattern.sums @ blocks).reshape(-1, size, size)
    return bsr_matrix((summed, pattern.columns, pattern.row_starts), shape=(total, total))


def gather(pattern: Pattern, forces: FloatArray) -> FloatArray:
    """Sum (5n,) of element dof forces (m, 20) in the pattern's element order."""
    size = pattern.node_count * DOFS_PER_NODE
    summed = np.bincount(pattern.dofs, weights=forces.reshape(-1), minlength=size)
    return summed.astype(np.float64, copy=False)


def node_dofs(nodes: IntArray) -> IntArray:
    """(k, 5): the dof numbers of nodes (k,)."""
    return np.asarray(nodes)[:, None] * DOFS_PER_NODE + np.arange(DOFS_PER_NODE)
