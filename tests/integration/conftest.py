"""The fixtures are in support/fixtures.py: tests/torture uses them too."""

from support.fixtures import *  # noqa: F403
