"""The options of `sluiced serve`: its command line, the file of --config, and what SIGHUP changes of them."""

import os
import re
import signal
import ssl
import subprocess

import pytest
from support.certificates import make_certificates
from support.sluice import pipeline

PIPELINES = "/v1/tenants/default/pipelines"
ONE = f"{PIPELINES}/one"


@pytest.fixture
def refused(build, folder):
    """What a command says that refuses its options."""

    def run(*arguments):
        command = [build / "bin" / "sluiced", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=folder)
        assert done.returncode == 2, done.stderr
        return done.stderr

    return run


class Configured:
    """A `sluiced serve` with a file of options, which can be written anew."""

    def __init__(self, serve_real, folder, text):
        self.file = folder / "sluiced.yaml"
        self.file.write_text(text)
        self.serve = serve_real("--config", self.file)
        self.api = self.serve.api

    def reload(self, text, said):
        """Writes the file, asks for it to be read, and waits for a line of the log; its match."""
        self.file.write_text(text)
        start = len(self.serve.err.lines)
        self.serve.process.send_signal(signal.SIGHUP)
        return self.serve.err.wait_for(said, start=start)


@pytest.fixture
def configured(serve_real, folder):
    return lambda text: Configured(serve_real, folder, text)


@pytest.mark.parametrize(
    "option, value, said",
    [
        ("data-dir", "", "the path is empty"),
        ("drain-timeout", "1K", '"1K" is no number of seconds from 0 to 86400'),
        ("drain-timeout", "86401", '"86401" is no number of seconds from 0 to 86400'),
        ("host-id", "two\nlines", "the id contains a line break"),
        ("host-id", "x" * 129, "the id has more than 128 bytes"),
        ("ring-size", "3M", '"3M" is no power of two from 64K to 4G'),
        ("log-level", "loud", '"loud" is none of debug, info, warn, error'),
        ("log-format", "xml", '"xml" is neither text nor json'),
    ],
)
def test_run_serve_and_the_file_refuse_the_same_values_with_the_same_words(refused, folder, option, value, said):
    file = folder / "options.yaml"
    file.write_text(f"{option}: {quoted(value)}\n")
    for command in ("run", "serve"):
        assert refused(command, f"--{option}", value).startswith(f"sluiced {command}: --{option}: {said}\n")
    assert f"{file}:1:{len(option) + 3}: {option}: {said}\n" in refused("serve", "--config", file)


@pytest.mark.parametrize(
    "address", ["foo", ":8470", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:99999", "127.0.0.1:1x", "localhost:1", "[::1]", "a:1"]
)
def test_what_is_no_address_to_listen_at_is_told_as_such_and_opens_nothing(refused, address):
    assert refused("serve", "--listen", address).startswith(
        f"sluiced serve: --listen: {address} is not an address (no name) and a port, such as 127.0.0.1:8470 or [::1]:8470\n"
    )


def test_a_key_of_another_certificate_is_told_with_both_files(configured, folder, build):
    first, second = make_certificates(folder / "first"), make_certificates(folder / "second")
    both = f"is {first.cert} a certificate .PEM., and {second.key} the key that belongs to it"
    data = folder / "other"
    data.mkdir(mode=0o700)
    options = ("--data-dir", data, "--listen", "127.0.0.1:0", "--tls-cert", first.cert, "--tls-key", second.key)
    ended = subprocess.run([build / "bin" / "sluiced", "serve", *options], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1 and re.search(both, ended.stderr), ended.stderr
    running = configured(f"tls-cert: {first.cert}\ntls-key: {first.key}\n")
    running.reload(f"tls-cert: {first.cert}\ntls-key: {second.key}\n", f"error .*{both}.*the old ones stay in use")


def quoted(text):
    return '"' + text.replace("\n", "\\n") + '"'


def test_every_mistake_of_the_file_is_told_with_its_place(refused, folder):
    file = folder / "options.yaml"
    file.write_text("drian-timeout: 5\nconfig: other.yaml\nmax-workers: [1]\nlisten: [127.0.0.1:0, '']\n")
    told = refused("serve", "--config", file)
    assert told.splitlines()[:4] == [
        f"{file}:1:1: drian-timeout: there is no option of this name (did you mean drain-timeout?)",
        f"{file}:2:1: config: there is no option of this name",
        f"{file}:3:14: max-workers: not one value",
        f"{file}:4:23: listen[1]: the value is empty",
    ]
    file.write_text("#" * (64 * 1024 + 1))
    assert "longer than the 64 KB" in refused("serve", "--config", file)
    assert "No such file" in refused("serve", "--config", folder / "none.yaml")


def test_the_command_line_wins_over_the_file(serve_real, folder):
    file = folder / "options.yaml"
    file.write_text("listen: 127.0.0.1:1\nmax-workers: 1\nlog-level: error\n")
    serve = serve_real("--config", file, "--log-level", "info")  # the fixture gives another --listen
    assert not serve.address.endswith(":1")
    serve.api.get("/v1/pipelines").expect(200)


# ---- SIGHUP ----


def test_a_hangup_applies_what_can_change_and_names_what_takes_a_restart(configured, analyzers):
    running = configured("max-workers: 1\nring-size: 64M\n")
    body = pipeline(analyzers("--start", "command"), "one")
    running.api.put(ONE, body, wait="10s").expect(201)
    assert running.api.put(f"{PIPELINES}/two", body).expect(422)["code"] == "quota.workers"

    running.reload("max-workers: 2\nring-size: 32M\nhost-id: other\n", "warn .*takes a restart: ring-size, host-id$")

    assert re.search(r"SIGHUP: \S+ was read again; changed: max-workers$", running.serve.err.text(), re.MULTILINE)
    running.api.put(f"{PIPELINES}/two", body, wait="10s").expect(201)
    running.reload("max-workers: 2\nring-size: 64M\n", "changed: nothing$")


def test_a_file_that_cannot_be_used_changes_nothing(configured, analyzers):
    running = configured("max-workers: 1\n")
    body = pipeline(analyzers("--start", "command"), "one")
    running.api.put(ONE, body, wait="10s").expect(201)

    running.reload("max-workers: 5\ndrain-timeout: soon\n", 'error .*sluiced.yaml:2:16: drain-timeout: "soon" is no number')
    running.serve.err.wait_for("error .*everything stays as it was$")
    running.reload("max-workers: 5\ntls-cert: x.pem\n", "error .*--tls-cert and --tls-key go together; everything stays")
    running.file.unlink()
    running.serve.process.send_signal(signal.SIGHUP)
    running.serve.err.wait_for("error .*No such file or directory; everything stays")

    assert running.api.put(f"{PIPELINES}/two", body).expect(422)["code"] == "quota.workers"


def test_a_hangup_changes_the_log_level_of_children_that_run(analyzers, object_store, configured):
    store, analyzer = object_store(), analyzers("--start", "command")
    running = configured("log-level: info\n")
    running.api.put(ONE, store.pipeline(analyzer, max_flows=500), wait="10s").expect(201)
    running.serve.err.wait_for("info subscriber .* subscribed$")

    running.reload("log-level: warn\nring-size: 32M\n", "warn .*takes a restart: ring-size$")
    quiet = len(running.serve.err.lines)
    fail_and_recover(running.api, store, analyzer)
    analyzer.stop()
    analyzer = analyzers("--start", "command", "--port", analyzer.port)
    running.api.until("/v1/subscriptions", lambda body: body["items"][0]["state"] == "connected", "a connection")
    assert not [line for line in running.serve.err.lines[quiet:] if " info " in line]

    running.reload("log-level: info\n", "changed: log-level$")
    loud = len(running.serve.err.lines)
    fail_and_recover(running.api, store, analyzer)
    running.serve.err.wait_for("info worker default/one objects can be written again$", start=loud)
    analyzer.stop()
    analyzers("--start", "command", "--port", analyzer.port)
    running.serve.err.wait_for("info subscriber .* subscribed$", start=loud)


def fail_and_recover(api, store, analyzer):
    """The worker has something to say as a warning, and then as information."""
    store.tell("fail 503")
    analyzer.tell("start")
    analyzer.finish()
    api.until_state(ONE, "degraded")
    store.tell("clear")
    api.until_state(ONE, "running")


def test_a_hangup_changes_how_long_a_pipeline_may_drain(configured, analyzers):
    running = configured("drain-timeout: 600\n")
    running.api.put(ONE, pipeline(analyzers("--start", "command"), "one"), wait="10s").expect(201)
    running.reload("drain-timeout: 1\n", "changed: drain-timeout")
    worker = running.api.get(f"{ONE}/status").expect(200)["worker"]["pid"]
    os.kill(worker, signal.SIGSTOP)

    running.api.post(f"{ONE}/restart", wait="20s").expect(200)

    assert running.api.get(f"{ONE}/status").expect(200)["worker"]["pid"] != worker


def test_a_hangup_serves_another_certificate_and_keeps_the_old_one_when_that_is_bad(configured, folder):
    first, second = make_certificates(folder / "first"), make_certificates(folder / "second")
    running = configured(f"tls-cert: {first.cert}\ntls-key: {first.key}\n")
    address = running.serve.address
    assert served_certificate(address) == first.cert.read_text()

    running.reload(f"tls-cert: {second.cert}\ntls-key: {second.key}\n", "changed: tls-cert, tls-key")
    assert served_certificate(address) == second.cert.read_text()
    running.reload(f"tls-cert: {first.cert}\ntls-key: {folder}/none.pem\n", "error .*none.pem.*the old ones stay in use")
    assert served_certificate(address) == second.cert.read_text()
    running.reload("", "warn .*takes a restart: tls-cert, tls-key$")
    assert served_certificate(address) == second.cert.read_text()


def test_an_upgrade_keeps_tls_and_takes_another_certificate_with_it(serve_real, folder):
    first, second = make_certificates(folder / "first"), make_certificates(folder / "second")
    serve = serve_real("--tls-cert", first.cert, "--tls-key", first.key)
    for _ in range(2):
        assert serve.upgrade() == (0, 0)
        assert served_certificate(serve.address) == first.cert.read_text()
        serve.local().get("/readyz").expect(200)
    first.cert.write_text("none")
    serve.process.send_signal(signal.SIGUSR2)
    serve.err.wait_for("not upgraded, everything goes on as before: its files cannot be used")
    first.cert.write_bytes(second.cert.read_bytes())
    first.key.write_bytes(second.key.read_bytes())
    assert serve.upgrade() == (0, 0)
    assert served_certificate(serve.address) == second.cert.read_text()


def served_certificate(address):
    host, port = address.rsplit(":", 1)
    return ssl.get_server_certificate((host, int(port)))


def test_a_hangup_without_files_says_that_there_is_nothing_to_read(serve_real, certificates):
    plain = serve_real()
    plain.process.send_signal(signal.SIGHUP)
    assert plain.err.wait_for(r"info sluiced SIGHUP: there is neither a --config nor a TLS file to read again$")
    secure = serve_real("--tls-cert", certificates.cert, "--tls-key", certificates.key)
    secure.process.send_signal(signal.SIGHUP)
    assert secure.err.wait_for(r"info sluiced SIGHUP: the TLS files were read again$")


@pytest.mark.parametrize(
    "given, host, origin, code",
    [
        ([], "localhost", None, None),
        ([], "sluice.example", None, "host.refused"),
        (["--host-name", "sluice.example"], "sluice.example", "http://sluice.example", None),
        (["--host-name", "other.example", "--host-name", "Sluice.Example"], "sluice.example:8470", "http://sluice.example:8470", None),
        # a proxy in front of it ends the TLS
        (["--host-name", "sluice.example"], "sluice.example", "https://sluice.example", None),
        (["--host-name", "sluice.example"], "localhost", "https://localhost", "origin.refused"),
        (["--host-name", "sluice.example"], "evil.example", None, "host.refused"),
        (["--host-name", "sluice.example"], "sluice.example", "https://evil.example", "origin.refused"),
    ],
)
def test_a_browser_logs_in_under_the_names_that_were_given(serve_real, given, host, origin, code):
    serve = serve_real(*given)
    headers = {"Host": host} | ({"Origin": origin} if origin else {})
    token = serve.api.token
    answer = serve.api.with_token(None).call("POST", "/v1/session", {"token": token}, headers=headers)
    assert (answer.status, answer.body.get("code")) == ((403, code) if code else (200, None))
    if not code:
        assert answer.headers["set-cookie"].endswith("; Secure") == bool(origin and origin.startswith("https:"))


def test_what_is_no_name_of_a_host_is_told_as_such(refused):
    for name in ("http://sluice.example", "sluice.example:443"):
        assert refused("serve", "--host-name", name).startswith(f'sluiced serve: --host-name: "{name}" is no name of a host')
