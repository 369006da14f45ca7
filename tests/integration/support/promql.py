"""Expressions of alerts and panels: that what they name is there."""

import promql_parser as promql

# what Grafana puts in; a variable of the dashboard chooses all
MACROS = {"$__rate_interval": "1m", "$__range": "1h", "$tenant": ".*", "$pipeline": ".*"}
# of every scraped sample
SCRAPED = {"job", "instance"}
# labels whose values are names that somebody gave
FREE = {"tenant", "pipeline", "url", "subscription", "alertname", *SCRAPED}


def filled_in(expression):
    for macro, value in MACROS.items():
        expression = expression.replace(macro, value)
    return expression


class Known:
    """What may be named: metric → label → its values (None: any)."""

    def __init__(self, samples):
        self.metrics = {"up": dict.fromkeys(SCRAPED)}
        for sample in samples:
            labels = self.metrics.setdefault(sample.name, dict.fromkeys(SCRAPED))
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
        self.used = set()

    def record(self, name, expression):
        """What a rule makes."""
        self.metrics[name] = dict.fromkeys(self.labels(expression))

    def labels(self, expression):
        """Those of what the expression gives. All that it names must be there."""
        return self._labels(promql.parse(filled_in(expression)))

    def _labels(self, node):
        if isinstance(node, promql.VectorSelector):
            return self._selected(node)
        if isinstance(node, promql.MatrixSelector):
            return self._selected(node.vector_selector)
        if isinstance(node, promql.Call):
            return set().union(*map(self._labels, node.args))
        if isinstance(node, promql.AggregateExpr):
            return self._aggregated(node)
        if isinstance(node, promql.BinaryExpr):
            return self._joined(node)
        if isinstance(node, promql.ParenExpr):
            return self._labels(node.expr)
        assert isinstance(node, (promql.NumberLiteral, promql.StringLiteral)), f"teach this test what {type(node)} gives"
        return set()

    def _selected(self, selector):
        assert selector.name in self.metrics, f"there is no metric {selector.name}"
        self.used.add(selector.name)
        labels = self.metrics[selector.name]
        for matcher in selector.matchers.matchers:
            assert matcher.name in labels, f"{selector.name} has no label {matcher.name}"
            values = labels[matcher.name]
            if matcher.name not in FREE and values is not None:
                missing = set(matcher.value.split("|")) - values
                assert not missing, f"{selector.name}: {matcher.name} is never {missing}"
        return set(labels)

    def _aggregated(self, node):
        inner = self._labels(node.expr)
        if node.modifier is None:
            # topk and its like keep them
            return inner if node.param is not None else set()
        named = set(node.modifier.labels)
        assert named <= inner, f"{named - inner} in {node.prettify()}"
        return named if node.modifier.type == promql.AggModifierType.By else inner - named

    def _joined(self, node):
        left, right = self._labels(node.lhs), self._labels(node.rhs)
        matching = node.modifier.matching if node.modifier else None
        named = set(matching.labels) if matching else set()
        assert named <= left | right, f"{named - left - right} in {node.prettify()}"
        return left | right
