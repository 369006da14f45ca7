"""Prometheus and its promtool, which scripts/setup puts into .tools/bin, on the files of examples/prometheus."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import yaml

from .serve import Api
from .stores import free_port
from .waiting import DEADLINE_S, Lines

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples" / "prometheus"
TARGET = "sluice.example.com:8470"  # as it stands in the example


class MissingPrometheus(Exception):
    """It is not there; the text says why."""


def program(name):
    path = ROOT / ".tools" / "bin" / name
    if not os.access(path, os.X_OK):
        log = ROOT / ".tools" / "prometheus.log"
        said = f"; the last try said:\n{log.read_text()[-2000:]}" if log.exists() else ""
        raise MissingPrometheus(f"{path} is missing: scripts/setup brings it{said}")
    return str(path)


def promtool(*words, cwd=EXAMPLES, text=None):
    """What it says; its exit status must be 0."""
    command = [program("promtool"), *words]
    done = subprocess.run(command, cwd=cwd, input=text, capture_output=True, text=True, timeout=DEADLINE_S)
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"promtool {' '.join(words)}: exit status {done.returncode}\n{said}"
    return said


def read_yaml(name):
    return yaml.safe_load((EXAMPLES / name).read_text())


def rules():
    """Of sluice-alerts.yml: alerts and what is recorded."""
    return [rule for group in read_yaml("sluice-alerts.yml")["groups"] for rule in group["rules"]]


def alerts():
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def dashboard():
    return json.loads((EXAMPLES / "sluice-fleet.json").read_text())


def installed(folder, certificates, token, target=TARGET, interval="15s"):
    """The example as a user has it: a folder with it, the token and the CA; another target, and how often it is scraped."""
    place = folder / "prometheus"
    shutil.copytree(EXAMPLES, place)
    (place / "sluice.token").write_text(f"{token}\n")
    shutil.copy(certificates.ca, place / "sluice-ca.pem")
    config = place / "prometheus.yml"
    text = config.read_text()
    assert TARGET in text and text.count("interval: 15s") == 2
    config.write_text(text.replace(TARGET, target).replace("interval: 15s", f"interval: {interval}"))
    return place


class Prometheus:
    """The server on such a folder."""

    def __init__(self, place):
        self.address = f"127.0.0.1:{free_port()}"
        words = [program("prometheus"), f"--config.file={place}/prometheus.yml", f"--storage.tsdb.path={place}/data"]
        words.append(f"--web.listen-address={self.address}")
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(words, **pipes)
        self.err = Lines(self.process.stderr, "prometheus")
        self.api = Api(self.address)
        try:
            self.err.wait_for("Server is ready to receive web requests")
        except AssertionError:
            self.stop()
            raise

    def data(self, path, **query):
        return self.api.get(f"/api/v1/{path}", **query).expect(200)["data"]

    def query(self, expression):
        return self.data("query", query=expression)["result"]

    def stop(self):
        self.process.terminate()
        self.process.wait(DEADLINE_S)
        self.err.finish()
