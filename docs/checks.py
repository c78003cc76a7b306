"""Writes docs/checks.md: every check with what it protects, its limit and source.

python docs/checks.py
"""

from pathlib import Path

from afo_designer.design.checks.registry import RULES

HEAD = """# Checks

Every finished design is judged by these rules, in this order. Each is one file of
`afo_designer/design/checks` and is found by looking there. `fail` makes the design *failed* and its
files *not for print*; `warn` goes on the sheet. A rule may give several checks, whose ids begin
with its own (`strength_stairs`). No limit here has been tried on people by us.

| id | protects | limit | source |
|---|---|---|---|
"""


def page() -> str:
    """The page as text."""
    rows = [f"| `{r.id}` | {r.protects} | {r.limit} | {r.source} |" for r in RULES]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    (Path(__file__).parent / "checks.md").write_text(page(), "utf-8")
