"""store: prom_sky_con: a page of connections for Prometheus, held against the Go exporter's."""

import gzip
import socket

import pytest
from support.documents import stopped
from support.golden import DATA, Golden
from support.metrics import page_text, read_page, samples
from support.stores import free_port

def config_for(analyzer, port, timeout=60):
    return {
        "pipeline": {
            "subscriber": {"url": analyzer.url},
            "store": {"type": "prom_sky_con", "prom_sky_con": {"port": port, "connection_timeout": timeout}},
        }
    }


def of_connections(page):
    return {key: value for key, value in page.items() if key[0].startswith("skydive_network_connection_")}


@pytest.mark.parametrize("name", ["syn-prom", "prom-nodns"])
def test_the_page_is_the_exporters(analyzers, sluice_run, folder, name):
    golden, port = Golden(name), free_port()
    topology = [DATA / "recordings" / "topology.jsonl" if name == "prom-nodns" else DATA / "inputs" / "topology.jsonl"]
    analyzer = analyzers(recordings=[golden.input(folder)], topology=topology)
    text = gzip.decompress((golden.folder / "metrics.txt.gz").read_bytes()).decode()
    theirs = "".join(line + "\n" for line in text.splitlines() if "skydive_network_" in line)
    config = folder / "exporter.yml"
    written = golden.config.replace(f"port: {9200 if name == 'syn-prom' else 9400}", f"port: {port}")
    config.write_text(written.replace(":18182", f":{analyzer.port}").replace(":18382", f":{analyzer.port}"))

    sluice = sluice_run(config)
    analyzer.finish()
    read_page(port, lambda page: page == samples(theirs))

    ours = page_text(port).splitlines()
    heads = {line for line in ours if line.startswith("#")}
    assert heads == {line for line in theirs.splitlines() if line.startswith("#")}
    (account,) = sluice.stop_clean()["pipelines"].values()
    assert account["seen"] == account["written"] + account["excluded_rule"] > 0


def test_a_killed_worker_loses_no_connection_and_a_silent_one_is_forgotten(analyzer, sluice_run):
    kept, short = free_port(), free_port()
    sluice = sluice_run(config_for(analyzer, kept), config_for(analyzer, short, timeout=2))
    sluice.err.wait_for("subscri")
    analyzer.finish()
    before = of_connections(read_page(kept, lambda page: len(page) > 2500))

    sluice.kill_children("sluice-worker")

    assert set(before) <= set(of_connections(read_page(kept, lambda page: True)))
    read_page(short, lambda page: not of_connections(page))
    assert all(account["written"] > 0 for account in sluice.stop_clean()["pipelines"].values())


def test_a_port_that_is_taken_is_said_and_tried_again(analyzer, sluice_run):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        sluice = sluice_run(config_for(analyzer, port))
        sluice.err.wait_for(rf"port {port}: Address already in use.*reason=PortInUse field=pipeline\.store\.prom_sky_con\.port")
    read_page(port, lambda page: True)
    analyzer.finish()
    sluice.stop_clean()


def ask(port, request):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(request)
        answer = b""
        while piece := client.recv(65536):
            answer += piece
        return answer


def test_nothing_but_the_page_is_answered(analyzer, sluice_run):
    port = free_port()
    sluice = sluice_run(config_for(analyzer, port))
    read_page(port, lambda page: True)
    tail = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    assert ask(port, b"HEAD /metrics" + tail).startswith(b"HTTP/1.1 200")
    assert ask(port, b"GET /" + tail).startswith(b"HTTP/1.1 404")
    assert ask(port, b"POST /metrics" + tail).startswith(b"HTTP/1.1 405")
    assert ask(port, b"nonsense\r\n\r\n")[:12] in (b"HTTP/1.1 400", b"HTTP/1.0 400", b"")
    assert ask(port, b"GET /metrics HTTP/1.1\r\nX: " + b"a" * 100000 + b"\r\n\r\n")[9:12] in (b"431", b"413", b"400", b"")
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
    for client in held:
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: ")  # and no more
    page_text(port)  # the others are served beside those who do not get on
    for client in held:
        client.close()
    analyzer.finish()
    sluice.stop_clean()


def test_two_files_with_one_port_are_a_mistake(analyzer, sluice_run):
    sluice = sluice_run(config_for(analyzer, 9100), config_for(analyzer, 9100))

    assert sluice.wait() == 2
    sluice.err.wait_for(r"pipeline-0-1.yml:\d+:\d+: pipeline\.store\.prom_sky_con\.port: 9100 is in use by .*pipeline-0-0.yml")


def test_serve_gives_a_port_once_and_opens_it_to_this_machine_alone(serve_real, analyzer):
    acme = serve_real().tenant("acme")
    port = free_port()
    one, two = "/v1/tenants/acme/pipelines/one", "/v1/tenants/acme/pipelines/two"

    acme.put(one, config_for(analyzer, port), wait="10s").expect(201)
    refused = acme.put(two, config_for(analyzer, port)).expect(409)

    assert refused["code"] == "port.in_use"
    assert refused["errors"][0]["pointer"] == "/pipeline/store/prom_sky_con/port"
    page_text(port)
    with socket.socket() as elsewhere:  # another address of this machine: nobody has the port there
        elsewhere.bind(("127.0.0.2", port))
    acme.until(f"{one}/status", lambda status: sink(status)["reason"] == "Listening", "a page")
    with socket.create_server(("127.0.0.1", 0)) as other:
        config = config_for(analyzer, other.getsockname()[1])
        probed = acme.post("/v1/validate", config, probe="true").expect(422)
    assert "PortInUse" in probed["errors"][0]["detail"]
    acme.put(one, config_for(analyzer, free_port()), wait="10s").expect(200)
    acme.put(two, config_for(analyzer, port), wait="10s").expect(201)


def test_serve_gives_no_page_the_port_of_the_api(serve_real, analyzer):
    serve = serve_real()
    acme = serve.tenant("acme")
    path = "/v1/tenants/acme/pipelines/one"
    config = config_for(analyzer, int(serve.address.rsplit(":", 1)[1]))

    refused = acme.put(path, config).expect(409)
    imported = serve.api.post("/v1/import", stopped("acme", "one", config)).expect(409)

    assert refused["code"] == "port.in_use"
    assert refused["errors"][0]["pointer"] == "/pipeline/store/prom_sky_con/port"
    assert imported["code"] == "port.in_use"
    acme.get(path).expect(404)


def sink(status):
    return next(item for item in status["conditions"] if item["type"] == "SinkReachable")
