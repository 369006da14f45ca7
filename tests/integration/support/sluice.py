"""`sluiced run` on configurations made from dicts: its output, its children, its end."""

import copy
import json
import os
import select
import signal
import subprocess

from .waiting import DEADLINE_S, Lines


def pipeline(analyzer, folder, **sections):
    """A configuration with the file writer; sections replace or (given as None) remove those of `pipeline`."""
    config = {
        "pipeline": {
            "subscriber": {"url": analyzer.url if hasattr(analyzer, "url") else analyzer},
            "classify": {"type": "subnet", "cluster_net_masks": ["10.42.1.8/29", "fd42:1::10/124"]},
            "store": {
                "type": "buffered",
                "buffered": {
                    "dirname": "bucket",
                    "filename_prefix": "logs",
                    "max_flows_per_object": 6000,
                    "max_seconds_per_object": 60,
                    "max_seconds_per_stream": 86400,
                    "max_flow_array_size": 100000000,
                },
            },
            "write": {"type": "file", "file": {"root": str(folder)}},
        }
    }
    for name, section in sections.items():
        config["pipeline"].pop(name, None)
        if section is not None:
            config["pipeline"][name] = section
    return config


def changed(config, path, value):
    """A copy of the configuration with one field set: changed(config, "pipeline.store.type", "direct")."""
    config = copy.deepcopy(config)
    *folders, name = path.split(".")
    section = config
    for folder in folders:
        section = section.setdefault(folder, {})
    section[name] = value
    return config


def children_of(pid):
    """Process ids of the direct children, with the name of their executable."""
    found = {int(entry): _stat(entry) for entry in os.listdir("/proc") if entry.isdigit()}
    return {child: name for child, (name, state, parent, _) in found.items() if int(parent) == pid and state != "Z"}


def _stat(pid):
    """Of a process: the name of its executable, state, parent, and when it began; what is no process has no parent."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            name, rest = file.read().decode().split("(", 1)[1].rsplit(")", 1)
    except (FileNotFoundError, ProcessLookupError):
        return "", "Z", "-1", ""
    fields = rest.split()
    return name, fields[0], fields[1], fields[19]


def sandbox_options(build, options):
    """A stand-in for a worker that takes orders (support/faults.py) opens and executes what a worker must not."""
    takes_orders = (build / "bin" / "sluice-worker.orders").exists()
    return ["--sandbox", "off"] if takes_orders and "--sandbox" not in options else []


class Supervisor:
    """A process of `sluiced` with its children."""

    def __init__(self, arguments, env=None, cwd=None):
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen([str(argument) for argument in arguments], env=env, cwd=cwd, **pipes)
        self.pid = self.process.pid
        self.err = Lines(self.process.stderr, "sluiced")
        self.out = Lines(self.process.stdout, "sluiced's stdout")
        self._all_children = {}  # by process id, which is another's some time later: when each began

    def children(self, name=None):
        """Process ids of the children, of all or of those whose executable's name begins with `name`."""
        now = children_of(self.pid)
        self._all_children.update({pid: _stat(pid)[3] for pid in now})
        return sorted(pid for pid, child in now.items() if name is None or child.startswith(name[:15]))

    def kill_children(self, name):
        """SIGKILL for those of children(name); returns when they have ended."""
        for pid in self.children(name):
            try:
                process = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            signal.pidfd_send_signal(process, signal.SIGKILL)
            ended, _, _ = select.select([process], [], [], DEADLINE_S)
            os.close(process)
            assert ended, f"{name} {pid} does not end"

    def terminate(self):
        self.children()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def wait(self, timeout=DEADLINE_S):
        """The exit status; nothing of it may be left running."""
        code = self.process.wait(timeout)
        self.err.finish()
        self.out.finish()
        left = self._left()
        assert not left, f"left running: {left}\n{self.err.text()}"
        return code

    def stop(self, timeout=DEADLINE_S):
        self.terminate()
        return self.wait(timeout)

    def kill(self, timeout=DEADLINE_S):
        """Kills the supervisor and whatever of it still runs then."""
        self.children()
        self.process.kill()
        self.process.wait(timeout)
        self.kill_rest()

    def kill_rest(self):
        """For fixtures: whatever the test left behind ends."""
        self.children()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(DEADLINE_S)
        for pid in self._left():
            os.kill(pid, signal.SIGKILL)

    def _left(self):
        """Children that still run, and are no others of their numbers."""
        now = {pid: _stat(pid) for pid in self._all_children}
        return [pid for pid, (_, state, _, began) in now.items() if state != "Z" and began == self._all_children[pid]]


class Sluice(Supervisor):
    """`sluiced run` on configurations made from dicts."""

    def __init__(self, build, folder, configs, *options, number=0, env=None, cwd=None):
        self.summary_file = folder / f"summary-{number}.json"
        self.files = []
        for index, config in enumerate(configs):
            name = folder / f"pipeline-{number}-{index}.yml" if isinstance(config, dict) else config
            if isinstance(config, dict):
                # JSON is YAML, and needs no library
                name.write_text(json.dumps(config, indent=2) + "\n")
            self.files.append(name)
        arguments = [build / "bin" / "sluiced", "run", *self.files, "--summary", self.summary_file, *options]
        arguments += sandbox_options(build, options)
        super().__init__(arguments, env=env, cwd=cwd or folder)

    def output(self):
        """What was printed on stdout, after the end."""
        return b"".join(self.out.raw).decode()

    def stop_clean(self, timeout=DEADLINE_S):
        """Stops it, expects exit 0, and returns its summary."""
        code = self.stop(timeout)
        assert code == 0, f"exit status {code}\n{self.err.text()}"
        return self.summary()

    def summary(self):
        return json.loads(self.summary_file.read_text())
