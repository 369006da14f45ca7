"""What /metrics says, read by an independent parser."""

from prometheus_client.parser import text_string_to_metric_families


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
