"""Writes docs/parameters.md: every parameter with unit, range, default and meaning.

Run it as `python docs/parameters.py` after a change; a test compares.
"""

from pathlib import Path

from afo_designer.geometry.parameter import allowed, leaves
from afo_designer.runs.catalogue import load_template, template_names

HEAD = """# Parameters

Set one with `--set KEY=VALUE`; a template sets its own. `afo templates --json` gives the same for
programs. Lengths that follow the body are scaled for a foot shorter than 250 mm unless you set
them. Where a family differs from the default, its column says so.

"""


def parameter_page() -> str:
    """The page's text."""
    families = {name: load_template(name)[0].chosen for name in template_names()}
    lists = {name: list(leaves(chosen.parameters)) for name, chosen in families.items()}
    names = list(families)
    lines = [
        f"| key | unit | range | default | {' | '.join(names)} | meaning |",
        "|---" * (5 + len(names)) + "|",
    ]
    for row in zip(*lists.values(), strict=True):
        leaf = row[0][0]
        own = ["" if value == leaf.default else _text(value) for _, value in row]
        cells = [f"`{leaf.key}`", leaf.unit, allowed(leaf), _text(leaf.default), *own, leaf.about]
        lines.append("| " + " | ".join(cells) + " |")
    return HEAD + "\n".join(lines) + "\n"


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


if __name__ == "__main__":
    Path(__file__).with_suffix(".md").write_text(parameter_page(), "utf-8")
