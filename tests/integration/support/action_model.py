"""What mangle `action` is to make of reports: slow, and nothing remembered but the reports themselves."""

TIDS = ["11111111-1111-5111-8111-111111111111", "22222222-2222-5222-8222-222222222222"]
SILENCE_MS = 600_000
ACCEPTED, REJECTED = 1, 2


def lesser(one, other):
    return [min(a, b) for a, b in zip(one, other)]


def swapped(counters):
    return counters[2:] + counters[:2]


class Connection:
    def __init__(self, due):
        self.reports, self.held, self.updates = [], [], []
        self.due, self.end = due, None

    def of(self, side):
        return [report for report in self.reports if report["side"] == side]

    def confirmed(self):
        return bool(self.of(0) and self.of(1))

    def terminated(self, side):
        return any(report["terminated"] for report in self.of(side))

    def complete(self):
        return self.confirmed() and all(
            self.terminated(side) or any(report["side"] == side for report in self.held) for side in (0, 1))

    def over(self):
        return self.terminated(0) and self.terminated(1)

    def counters(self, report, name):
        first = self.reports[0]
        return report[name] if report["turned"] == first["turned"] else swapped(report[name])

    def seen(self, side):
        """By that side, since its first report."""
        first, last = self.of(side)[0], self.of(side)[-1]
        before = [total - update for total, update in zip(self.counters(first, "total"), self.counters(first, "update"))]
        return [total - old for total, old in zip(self.counters(last, "total"), before)]

    def give(self, action):
        first = self.reports[0]
        record = {
            "action": action, "flows": len(self.held), "initiated": any(report["initiated"] for report in self.held),
            "address": first["address"], "update": [0] * 4, "total": [0] * 4,
            "node_tid": TIDS[0] if action == ACCEPTED else self.reports[-1]["tid"],
            "start_ms": min(self.of(side)[0]["start"] for side in (0, 1) if self.of(side)),
            "end_ms": self.reports[-1]["end"],
        }
        if self.confirmed():
            reported = [sum(counters) for counters in zip(*self.updates, [0] * 4)]
            both = lesser(self.seen(0), self.seen(1))
            record["update"] = [max(0, now - old) for now, old in zip(both, reported)]
            record["total"] = lesser(*(self.counters(self.of(side)[-1], "total") for side in (0, 1)))
            last = [self.of(side)[-1]["end"] for side in (0, 1)]
            record["end_ms"] = max(last) if self.over() else min(last)
            if self.end is not None:
                record["start_ms"] = self.end
            self.end = record["end_ms"]
            self.updates.append(record["update"])
        record["start_ms"] = min(record["start_ms"], record["end_ms"])
        sides = [self.terminated(side) for side in (0, 1)]
        record["terminated"] = all(sides) if action == ACCEPTED and self.confirmed() else any(sides)
        self.held = []
        return record


class Model:
    def __init__(self, reject_ms):
        self.reject_ms = reject_ms
        self.places = {}        # two for each L3TrackingID
        self.records, self.excluded, self.lost = [], 0, 0

    def all(self):
        return [connection for places in self.places.values() for connection in places if connection]

    def waiting(self):
        return sum(len(connection.held) for connection in self.all())

    def due(self):
        return min((connection.due for connection in self.all()), default=None)

    def end(self, connection, action):
        if connection.held:
            self.records.append(connection.give(action))
        for places in self.places.values():
            for place in (0, 1):
                if places[place] is connection:
                    places[place] = None

    def end_early(self, connection):
        self.end(connection, ACCEPTED if connection.confirmed() else REJECTED)

    def pass_time(self, now):
        for connection in sorted(self.all(), key=lambda connection: connection.due):
            if connection.due <= now:
                self.end(connection, REJECTED)

    def lose(self):
        self.lost += self.waiting()
        self.places = {}

    def choose(self, report, places):
        here = [connection for connection in places if connection]
        for connection in here:
            if any(own["uuid"] == report["uuid"] for own in connection.of(report["side"])):
                return connection
        free = [connection for connection in here if not connection.of(report["side"])]
        return min(free, default=None, key=lambda connection: abs(
            min(own["connection_start"] for own in connection.reports) - report["connection_start"]))

    def take(self, report, now):
        if report["side"] > 1:
            self.excluded += 1
            return
        places = self.places.setdefault(report["l3"], [None, None])
        connection = self.choose(report, places)
        if connection is None and report["terminated"] and not any(report["update"]):
            self.excluded += 1
            return
        if connection is None:
            if None not in places:
                self.end_early(min(places, key=lambda one: one.reports[-1]["end"]))
            connection = Connection(now + self.reject_ms)
            places[places.index(None)] = connection
        if not connection.held:
            connection.due = now + self.reject_ms
        connection.reports.append(report)
        connection.held.append(report)
        if connection.complete():
            self.records.append(connection.give(ACCEPTED))
            connection.due = now + SILENCE_MS
            if connection.over():
                self.end(connection, ACCEPTED)

    def take_all(self, reports, now):
        self.pass_time(now)
        for report in reports:
            self.take(report, now)
