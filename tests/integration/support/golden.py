"""What the real Go exporter wrote: its configurations and its objects."""

import gzip
import json
import re
from pathlib import Path
from urllib.parse import parse_qs

from .formats import compact, without_dns
from .objects import printed_objects, split_records

DATA = Path(__file__).resolve().parents[2] / "data"

def recording(name):
    return DATA / "recordings" / f"{name}.jsonl"


def read_lines(path):
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line]


class Golden:
    def __init__(self, name):
        self.folder = DATA / "golden" / name
        self.scenario = json.loads((self.folder / "scenario.json").read_text())
        self.config = (self.folder / "config.yml").read_text()

    def input(self, folder):
        """The recording that the exporter was fed with; made in folder where it is derived."""
        name = self.scenario["recording"]
        if name == "golden/inputs/dev-mixed.nodns.jsonl":
            path = folder / "mixed-without-dns.jsonl"
            path.write_text("".join(without_dns(line) + "\n" for line in read_lines(recording("mixed"))))
            return path
        if name == "golden/inputs/dev-extra-tcp.tcponly.jsonl":
            path = folder / "extra-tcp-only.jsonl"
            messages = [json.loads(line) for line in read_lines(recording("extra-tcp"))]
            for message in messages:
                message["Obj"] = [flow for flow in message["Obj"] or () if "TCPMetric" in flow]
            path.write_text("".join(compact(message) + "\n" for message in messages if message["Obj"]))
            return path
        return DATA / name.replace("golden/", "")

    def topology(self):
        """The tables of what the topology answered to the exporter."""
        name = self.scenario.get("topology")
        return (DATA / name.replace("golden/", ""),) if name else ()

    def config_for(self, analyzer, root, compat=False):
        """The exporter's configuration with the analyzer's address and the writer changed, and nothing else."""
        text = re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{analyzer.port}", self.config)
        writer = f"\n  write:\n    type: file\n    file:\n      root: {root}\n"
        text = re.sub(r"\n  write:\n.*", writer, text, flags=re.DOTALL)
        return ("compat: sfe\n" if compat else "") + text

    def config_printing(self, analyzer, compat):
        text = re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{analyzer.port}", self.config)
        assert "type: stdout" in text
        return ("compat: sfe\n" if compat else "") + text

    def token_request(self):
        """What it asked the token service: form and headers, names in lower case."""
        asked = json.loads((self.folder / "iam.jsonl").read_text())
        form = {name: values[0] for name, values in parse_qs((self.folder / "iam.body").read_text()).items()}
        return {"form": form, "headers": {name.lower(): value for name, value in asked["headers"]}}

    def first_headers(self):
        """Of the first object that it stored: names in lower case."""
        with gzip.open(self.folder / "objects.jsonl.gz", "rt", encoding="utf-8") as file:
            return {name.lower(): value for name, value in json.loads(next(file))["headers"]}

    def bodies(self):
        """(tag, content) of each object in the order of arrival."""
        with gzip.open(self.folder / "objects.jsonl.gz", "rt", encoding="utf-8") as file:
            objects = [json.loads(line) for line in file]
        return [(stored["path"].split("/")[-3], stored["body"]) for stored in objects]

    def texts_by_tag(self):
        found = {}
        for tag, body in self.bodies():
            found.setdefault(tag, []).extend(map(on_one_line, split_records(body)))
        return found

    def printed(self):
        """(header, content) of what it printed; the last one may be cut off."""
        return printed_objects(gzip.decompress((self.folder / "stdout.gz").read_bytes()).decode())


def run_golden(golden, analyzers, sluice_run, folder, config_of):
    """Runs what config_of(analyzer) gives on the golden run's own input, to its end."""
    analyzer = analyzers(recordings=[golden.input(folder)], topology=golden.topology())
    file = folder / "exporter.yml"
    file.write_text(config_of(analyzer))
    sluice = sluice_run(file)
    analyzer.finish()
    sluice.stop_clean()
    return sluice


def on_one_line(text):
    """A record's text, compact where it was laid out in lines."""
    return compact(json.loads(text)) if "\n" in text else text
