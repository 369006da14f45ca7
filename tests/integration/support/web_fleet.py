"""Pipelines in many states on a real `sluiced serve`, for what the web UI shows of them."""

from .sluice import pipeline

NOWHERE = "ws://127.0.0.1:1/ws/subscriber/flow"
# what people may write into texts: markup, right-to-left, control characters, and more than any line holds
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>&lt;b&gt;"
BACKWARDS = "\u202emrof eht ni\u2066\u05d0\u05d1\u05d2"
CONTROLS = "a\u0001b\u001b[31mc\u0000d\ttab"
LONG = "0123456789" * 1000


class WebFleet:
    """acme/moving (flows), acme/quiet (none), acme/held (stopped), acme/unstored (a store that refuses its keys), globex/unheard
    (no analyzer there), and globex/refused (failed)."""

    def __init__(self, serve, faults, analyzers, store):
        self.serve, self.api = serve, serve.api
        busy = analyzers("--loop", "forever", "--flows-per-second", 500, "--identity", "flow")
        quiet = analyzers("--start", "command")
        self.api.put("/v1/tenants/acme", {"display_name": "Acme", "limits": {"pipelines": 8}}).expect(201)
        self.api.put("/v1/tenants/globex", {}).expect(201)
        faults.order_refusals(1)
        self.api.put(self.path("globex/refused"), pipeline(busy, "refused"), wait="20s").expect(409)
        self.api.put(self.path("acme/moving"), pipeline(busy, "moving"), wait="20s").expect(201)
        self.api.put(self.path("acme/moving"), pipeline(busy, "moved"), wait="20s").expect(200)
        self.api.put(self.path("acme/quiet"), pipeline(quiet, "quiet"), wait="20s").expect(201)
        held = {"config": pipeline(NOWHERE, "held"), "desired_state": "stopped", "labels": {"site": "north"}}
        self.api.put(self.path("acme/held"), held).expect(201)
        unstored = store.pipeline(busy, max_flows=100, write={"secret_key": "another"})
        self.api.put(self.path("acme/unstored"), unstored).expect(201)
        self.api.put(self.path("globex/unheard"), pipeline(NOWHERE, "unheard")).expect(201)
        for name in ("acme/unstored", "globex/unheard"):
            self.api.until_state(self.path(name), "degraded")

    @staticmethod
    def path(name):
        """Where the API has "tenant/name"."""
        tenant, name = name.split("/")
        return f"/v1/tenants/{tenant}/pipelines/{name}"
