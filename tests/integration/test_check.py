"""What a configuration comes to: `sluiced check`, secrets and SKYDIVE_… variables, as a user meets them."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from support.objects import read_objects
from support.sluice import changed, pipeline

URL = "ws://127.0.0.1:8082/ws/subscriber/flow"


@pytest.fixture
def sluiced(build, folder):
    """Runs a command of sluiced on configurations (dicts or text): its CompletedProcess."""

    def run(command, *configs, options=(), env=None):
        files = []
        for index, config in enumerate(configs):
            files.append(folder / f"file-{index}.yml")
            files[-1].write_text(config if isinstance(config, str) else json.dumps(config, indent=2))
        arguments = [build / "bin" / "sluiced", command, *options, *files]
        whole = {**os.environ, **(env or {})}
        return subprocess.run(arguments, capture_output=True, text=True, timeout=30, env=whole, cwd=folder)

    return run


def with_password(config, password):
    return changed(config, "analyzer.auth.cluster", {"username": "admin", "password": password})


def test_the_effective_configuration_has_every_default_and_no_secret(sluiced, folder):
    done = sluiced("check", with_password(pipeline(URL, folder), "tiger"), options=["--effective", "--json"])

    assert (done.returncode, done.stderr) == (0, "")
    assert "tiger" not in done.stdout
    config = json.loads(done.stdout)
    assert config["analyzer"]["auth"]["cluster"]["password"] == "********"
    assert config["pipeline"]["subscriber"]["silence_timeout"] == 60
    assert config["pipeline"]["compress"]["type"] == "none"
    assert config["analyzer"]["tls"]["verify"] is True


@pytest.mark.parametrize("secret", ["tiger", "${env:PASSWORD}", "${file:/run/secrets/password}"])
def test_the_effective_configuration_as_yaml_is_a_configuration(sluiced, folder, secret):
    first = sluiced("check", with_password(pipeline(URL, folder), secret), options=["--effective"])

    again = sluiced("check", first.stdout, options=["--effective"])

    assert (again.returncode, again.stdout) == (0, first.stdout)
    assert "tiger" not in first.stdout


def test_the_effective_configuration_shows_what_the_environment_overrides(sluiced, folder):
    env = {"SKYDIVE_PIPELINE_FILTER_EXCLUDED_TAGS": "other internal", "SKYDIVE_PIPELINE_COMPRESS_TYPE": "gzip"}

    done = sluiced("check", pipeline(URL, folder), options=["--effective", "--json"], env=env)

    config = json.loads(done.stdout)
    assert config["pipeline"]["filter"]["excluded_tags"] == ["other", "internal"]
    assert config["pipeline"]["compress"]["type"] == "gzip"


@pytest.mark.parametrize(
    "page, options", [("pipeline.schema.json", []), ("configuration.md", ["--reference"])], ids=["schema", "reference"]
)
def test_the_documentation_s_pages_are_those_of_this_program(sluiced, page, options):
    text = (Path(__file__).resolve().parents[2] / "docs" / page).read_text()

    assert sluiced("schema", options=options).stdout == text, f"docs/{page} is old: make it anew (common/config/README.md)"


def test_the_schema_tells_a_form_what_is_written_in_a_field_and_when_it_applies(sluiced):
    store = json.loads(sluiced("schema").stdout)["properties"]["pipeline"]["properties"]["store"]["properties"]
    buffered, page = store["buffered"]["properties"], store["prom_sky_con"]["properties"]

    assert buffered["dirname"]["x-kind"] == "text" and buffered["max_seconds_per_stream"]["x-kind"] == "seconds"
    assert buffered["dirname"]["x-applies-when"] == {"path": "pipeline.store.type", "values": ["buffered", "direct"]}
    assert buffered["dirname"]["x-required-when"] == {"path": "pipeline.write.type", "values": ["s3"]}
    assert page["port"]["x-required-when"] is True and "x-required-when" not in page["connection_timeout"]
    assert "x-applies-when" not in store["type"]


def test_a_file_with_errors_is_not_printed_and_the_others_are(sluiced, folder):
    wrong = changed(pipeline(URL, folder), "pipeline.store.type", "bufferd")

    done = sluiced("check", pipeline(URL, folder), wrong, options=["--effective"])

    assert done.returncode == 2
    assert "file-1.yml:" in done.stderr and "buffered" in done.stderr
    assert done.stdout.count("subscriber:") == 1


def test_a_configuration_over_64_kb_is_refused_with_its_limit(sluiced, folder):
    done = sluiced("check", json.dumps(pipeline(URL, folder)) + " " * 65536)

    assert done.returncode == 2
    assert "64 KB" in done.stderr


def test_check_does_not_resolve_secrets_and_run_refuses_a_missing_one_with_its_place(sluiced, folder):
    config = with_password(pipeline(URL, folder), "${env:SLUICE_TEST_NOT_SET}")

    assert sluiced("check", config).returncode == 0
    done = sluiced("run", config)

    assert done.returncode == 2
    assert "analyzer.auth.cluster.password" in done.stderr
    assert "SLUICE_TEST_NOT_SET" in done.stderr


@pytest.mark.parametrize("kind", ["env", "file", "override"])
def test_a_secret_from_outside_reaches_the_analyzer_and_nothing_else(analyzers, sluice_run, folder, stored, kind):
    analyzer = analyzers("--username", "admin", "--password", "tiger-17")
    (folder / "password").write_text("tiger-17\n")
    references = {"env": "${env:MY_PASSWORD}", "file": f"${{file:{folder}/password}}", "override": "wrong"}
    variables = {"env": "MY_PASSWORD", "override": "SKYDIVE_ANALYZER_AUTH_CLUSTER_PASSWORD", "file": "UNUSED"}
    config = with_password(pipeline(analyzer, stored), references[kind])
    data = folder / "data"
    sluice = sluice_run(config, options=["--data-dir", data], env={variables[kind]: "tiger-17"})

    analyzer.finish()
    for child in sluice.children():
        for name in ("cmdline", "environ"):
            with open(f"/proc/{child}/{name}", "rb") as file:
                assert b"tiger-17" not in file.read(), name
    sluice.stop_clean()

    assert read_objects(stored)
    assert "tiger-17" not in sluice.err.text()
    for path in data.rglob("*"):
        assert not path.is_file() or b"tiger-17" not in path.read_bytes(), path
