"""The Dockerfile, as far as it can be looked at without Docker."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Dockerfile").read_text()


def words_behind(text, begin, end):
    found = re.search(f"{begin}(.*?){end}", text, re.DOTALL)[1]
    return set(found.replace("\\\n", " ").split())


def test_hadolint_finds_no_fault():
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_it_is_built_with_what_setup_installs_to_build():
    setup = (ROOT / "scripts" / "setup").read_text()
    first = words_behind(TEXT, "--no-install-recommends ", "&&")
    needed = words_behind(setup, "# to build\n", "# to run") | set(re.findall(r"packages\+=\((\S+)\)", setup))
    assert {"gcc", "nodejs"} <= needed
    assert first - {"dpkg-dev", "file"} == needed


def test_the_web_ui_is_installed_as_setup_does_it():
    command = r"npm --prefix webui ci( --\S+)*"
    setup = (ROOT / "scripts" / "setup").read_text()
    assert set(re.search(command, TEXT)[0].split()) == set(re.search(command, setup)[0].split()) - {"--silent"}
    assert "webui/node_modules" in (ROOT / ".dockerignore").read_text().splitlines()


def test_it_starts_with_options_that_there_are_as_a_user_that_is_not_root(build):
    helped = subprocess.run([build / "bin/sluiced", "serve", "--help"], capture_output=True, text=True, check=True).stdout
    command, *options = json.loads(re.search(r"^CMD (\[.*\])$", TEXT, re.MULTILINE)[1])
    assert command == "serve"
    for option in [word for word in options if word.startswith("--")]:
        assert f"  {option} " in helped
    last_stage = TEXT[TEXT.rindex("\nFROM") :]
    user = re.search(r"^USER (\d+):(\d+)$", last_stage, re.MULTILINE)
    assert int(user[1]) > 0 and f"--uid {user[1]} " in last_stage and f"--gid {user[2]} " in last_stage


def test_its_health_is_what_livez_says(serve_real):
    serve = serve_real()
    check = json.loads(re.search(r"^HEALTHCHECK .*\\\n *CMD (\[.*\])$", TEXT, re.MULTILINE)[1])
    command = [str(serve.socket) if word.startswith("/var/lib/sluice/") else word for word in check]
    assert "/var/lib/sluice/" + serve.socket.name in check
    assert subprocess.run(command, capture_output=True, timeout=30).returncode == 0
    serve.stop_clean()
    assert subprocess.run(command, capture_output=True, timeout=30).returncode != 0
