"""What the store does wrong, and to which requests: rules that commands add and `clear` takes away."""

import fnmatch
import threading

PLACES = {"hang": ("before-headers", "in-body", "after-body"), "reset": ("in-body", "after-body")}
GARBAGE = ("not-http", "endless-header", "huge-body", "no-end")


class Rule:
    """One misbehaviour. `ended` is set when nothing may wait in it any longer."""

    def __init__(self, kind, what=None, count=None, match="*", method=None, **options):
        self.kind = kind
        self.what = what  # status, place, bytes a second or kind of garbage
        self.left = None if count is None else int(count)
        self.match = match
        self.method = method
        self.options = options  # of `fail`: code, message, retry_after, location, early
        self.ended = threading.Event()
        self.resets = False  # what waited in it is not to go on

    def fits(self, method, name):
        return self.left != 0 and self.method in (None, method) and fnmatch.fnmatchcase(name, self.match)

    def is_before_headers(self):
        return self.kind == "hang" and self.what == "before-headers"


class Faults:
    def __init__(self):
        self._rules = []
        self._lock = threading.Lock()

    def add(self, rule):
        with self._lock:
            self._rules.append(rule)

    def take(self, method, name):
        """The oldest rule for this request, which is one less for the next."""
        return self._take(lambda rule: not rule.is_before_headers() and rule.fits(method, name))

    def take_before_headers(self):
        return self._take(lambda rule: rule.is_before_headers() and rule.left != 0)

    def _take(self, fits):
        with self._lock:
            rule = next(filter(fits, self._rules), None)
            if rule is not None and rule.left is not None:
                rule.left -= 1
            return rule

    def release(self, resets=False):
        """Ends every hang; the requests in it go on, or their connections are reset."""
        with self._lock:
            for rule in self._rules:
                rule.resets = resets
            self._end([rule for rule in self._rules if rule.kind == "hang"])

    def clear(self):
        with self._lock:
            self._end(list(self._rules))

    def _end(self, rules):
        for rule in rules:
            rule.left = 0
            rule.ended.set()
            self._rules.remove(rule)
