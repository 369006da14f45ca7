"""Who there is: tenants, names of pipelines, analyzers; and those that are not plainly running. All of it is invented."""

TENANTS = (
    "aldgate-retail amberline arctos-cloud basalt-mining birchway cobalt-bank corvid-games delta-harbor ember-foods fenwick-air gannet-post "
    "halden-energy heron-water ironbridge juniper-edu kestrel-pay larkspur limewood meridian-rail northgate oriel-press osprey-media pinecrest "
    "quarry-labs redwater saltmarsh shoreline silverfern tallow-tech tern-logistics umbra-opt veldt-agri wexford-it yarrow-bio"
).split()
NAMES = (
    "vpc-eu-de-1 vpc-eu-de-2 vpc-eu-gb-1 vpc-us-south secadv-prod secadv-stage aws-edge aws-core egress-audit flows-raw vpc-hub billing "
    "dmz-north dmz-south branch k8s-a k8s-b archive"
).split()
ANALYZERS = ("skydive-a.net.example:8082", "skydive-b.net.example:8082", "skydive-lab.net.example:8082")
MANY = 512
GIB = 1 << 30

STORE_GB = "s3.eu-gb.cos.example.net"
TIMEOUT = f"object store https://{STORE_GB}: no connection within 10 s"


def waiting(analyzer, since, flows, excluded, spool, objects):
    """One of those whose store in eu-gb does not answer."""
    trouble = ("SinkReachable", "Unreachable", TIMEOUT, "pipeline.write.s3.endpoint", 18 + since % 30)
    return {"state": "degraded", "since": since, "analyzer": analyzer, "flows": flows, "excluded": excluded, "out": 0, "spool": spool,
            "objects": objects, "endpoint": STORE_GB, "trouble": trouble}


# "tenant/name": what differs. since, next try: seconds. trouble: condition, reason, message, field, next try
SPECIAL = {
    "cobalt-bank/vpc-eu-de-1": {
        "state": "degraded", "since": 738, "flows": 1204, "excluded": 802, "out": 0, "spool": 641728512, "objects": 1284, "limit": 2 * GIB,
        "endpoint": "s3.eu-de.cos.example.net",
        "trouble": ("SinkReachable", "AccessDenied", "object store https://s3.eu-de.cos.example.net, bucket cobalt-flow-logs: it answers 403 AccessDenied",
                    "pipeline.write.s3.access_key", 41)},
    "halden-energy/secadv-prod": {
        "state": "failed", "since": 11412, "restarts": 5,
        "error": ("config.secret_unresolved", "pipeline.write.s3.secret_key: ${env:HALDEN_COS_SECRET} is not set")},
    "larkspur/aws-edge": {
        "state": "failed", "since": 1680, "restarts": 5, "analyzer": 1,
        "error": ("worker.refused", "analyzer.tls.ca_file: no certificate in larkspur-ca.pem")},
    "tern-logistics/vpc-hub": {
        "state": "degraded", "flow": "stalled", "since": 2460, "flows": 3310, "excluded": 410, "out": 0, "lost": 184220, "losing": 2900,
        "endpoint": "s3.eu-de.cos.example.net",
        "spool": 2 * GIB, "objects": 4210, "limit": 2 * GIB,
        "trouble": ("SinkReachable", "Unreachable", "object store https://s3.eu-de.cos.example.net, bucket tern-vpc: no answer for 30 s",
                    "pipeline.write.s3.endpoint", 52)},
    "quarry-labs/secadv-prod": {
        "flow": "stalled", "since": 402, "flows": 188, "excluded": 12, "out": 0, "lag": 48210, "analyzer": 2,
        "trouble": ("TopologyReachable", "NoAnswer", "the topology at skydive-lab.net.example:8082 has not answered for 30 s", "analyzers", 10)},
    "meridian-rail/vpc-eu-de-2": {
        "state": "backoff", "since": 96, "restarts": 3, "lag": 92110,
        "error": ("worker.killed", "the worker was ended by signal 9: more than its 256 MiB of memory"), "next": 23},
    "osprey-media/flows-raw": {
        "state": "backoff", "since": 214, "restarts": 2, "lag": 20455, "analyzer": 1,
        "error": ("worker.not_ready", "the worker was not ready within 10 s"), "next": 6},
    "redwater/vpc-eu-gb-1": waiting(1, 191, 410, 110, 31000000, 61),
    "shoreline/vpc-eu-gb-1": waiting(1, 184, 922, 90, 77000000, 140),
    "shoreline/aws-edge": waiting(1, 177, 1280, 0, 112000000, 202),
    "fenwick-air/egress-audit": waiting(1, 170, 266, 44, 19000000, 33),
    "yarrow-bio/secadv-prod": {
        "state": "degraded", "since": 5230, "flows": 640, "excluded": 320, "out": 318,
        "trouble": ("TopologyReachable", "ServerError", "the topology at skydive-a.net.example:8082 answers 502; records go out without names of pods",
                    "analyzers", 10)},
    "kestrel-pay/vpc-us-south": {"state": "starting", "since": 4},
}
