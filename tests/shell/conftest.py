"""Shells for the tests of this layer."""

from collections.abc import Callable

import pytest
from known_shells import Made, made


@pytest.fixture(scope="session")
def made_shell() -> Callable[[str, str], Made]:
    """`made_shell(who, family)`: man, mirrored man, child or hanging; a template's name."""
    return made
