"""What /metrics says, read by an independent parser."""

import time
import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from .serve import PAUSE_S
from .waiting import DEADLINE_S


class Metrics:
    """families: by name, counters without _total. samples: (name, labels, value, …) of all of them."""

    def __init__(self, api):
        reply = api.get("/metrics")
        reply.expect(200)
        assert reply.headers["content-type"].startswith("text/plain")
        self.text = reply.text
        self.families = {family.name: family for family in text_string_to_metric_families(reply.text)}
        self.samples = [sample for family in self.families.values() for sample in family.samples]

    def value(self, name, **labels):
        """Of the one sample of this name that has these labels, perhaps among others."""
        found = [sample.value for sample in self.samples if sample.name == name and labels.items() <= sample.labels.items()]
        assert len(found) == 1, f"{len(found)} samples {name} {labels} in:\n{self.text}"
        return found[0]


def read_page(port, find, timeout=DEADLINE_S):
    """The page of store prom_sky_con as samples() has it, asked for until find(samples) is true: it comes with a flow."""
    end = time.monotonic() + timeout
    while True:
        try:
            page = samples(page_text(port))
        except (urllib.error.URLError, ConnectionError):
            page = None
        if page is not None and find(page):
            return page
        assert time.monotonic() < end, f"the page at port {port} is not as wanted: {page}"
        time.sleep(PAUSE_S)


def page_text(port, host="127.0.0.1"):
    with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=DEADLINE_S) as answer:
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        return answer.read().decode()


def samples(text):
    """(name, labels as pairs in order) → value; each may be there once."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            assert key not in found, key
            found[key] = sample.value
    return found
