"""What `cmake --install` makes of the tested build."""

import os
import subprocess

import pytest


def install(build, destination, prefix="/usr"):
    """Installs below destination, as for a package; the folder that is / for what was installed."""
    command = ["cmake", "--install", build, "--prefix", prefix]
    environment = {**os.environ, "DESTDIR": str(destination)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return destination


@pytest.fixture(scope="module")
def installed(build, tmp_path_factory):
    return install(build, tmp_path_factory.mktemp("installed"))
