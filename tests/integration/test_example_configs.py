"""The configurations in examples/, as they are but for addresses, with a simulated analyzer."""

import gzip
import json
import os
import re
import subprocess

import jsonschema
import pytest
from support.action_model import TIDS
from support.aws_logs import expected_rows, fields_of, interfaces, read_text
from support.fixtures import ROOT
from support.golden import DATA, read_lines, recording
from support.metrics import read_page
from support.objects import read_objects, records_of
from support.stores import free_port
from support.vpclogs import SCHEMA

EXAMPLES = ROOT / "examples"
# tenant.yml is a template of provision.sh: see test_examples.py
CONFIGS = sorted(path for path in [*EXAMPLES.glob("*.yml"), *EXAMPLES.glob("demo/*.yml")] if path.name != "tenant.yml")
SECRETS = {"S3_SECRET_KEY": "a", "ANALYZER_PASSWORD": "b", "IBM_API_KEY": "c"}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_configuration_is_free_of_mistakes_and_warnings(build, path):
    checked = subprocess.run([build / "bin" / "sluiced", "check", path], env={**os.environ, **SECRETS},
                             capture_output=True, text=True)

    assert (checked.returncode, checked.stderr) == (0, "")


def example_config(name, analyzer, folder, **changes):
    """A file with the example, its addresses replaced: changes of what stands behind a name and a colon."""
    text = (EXAMPLES / name).read_text()
    for field, value in {"url": analyzer.url, **changes}.items():
        text, count = re.subn(rf"(?m)^(\s*{field}:).*$", rf"\1 {value}", text)
        assert count == 1, field
    path = folder / name
    path.write_text(text)
    return path


def replaced(name, folder, places):
    """A file with the example, each text of `places` replaced by what it is here."""
    text = (EXAMPLES / name).read_text()
    for written, here in places.items():
        assert written in text
        text = text.replace(written, here)
    path = folder / name
    path.write_text(text)
    return path


def in_store(analyzer, store, region):
    """Places of an example whose store is S3."""
    return {
        "analyzer.example.net:8082": f"127.0.0.1:{analyzer.port}",
        f"https://s3.{region}.example.net": store.endpoint,
        f"region: {region}\n      access_key: AKIAEXAMPLE": f"region: {store.region}\n      access_key: {store.access_key}",
        "dirname: flow-logs": f"dirname: {store.bucket}",
    }


def test_ibm_cos_yml_stores_with_the_key_of_the_environment(analyzer, sluice_run, object_store, token_service, folder):
    service = token_service()
    store = object_store(tokens=service, bucket="flow-logs")
    config = example_config("ibm-cos.yml", analyzer, folder, endpoint=store.endpoint, iam_endpoint=service.endpoint)

    sluice = sluice_run(config, env={"IBM_API_KEY": service.api_key})
    analyzer.finish()
    sluice.stop_clean()

    assert store.keys()


def test_prom_sky_con_yml_serves_connections_at_its_port(analyzer, sluice_run, folder):
    port = free_port()
    sluice = sluice_run(example_config("prom_sky_con.yml", analyzer, folder, port=port))
    sluice.err.wait_for(r"objects can be written|subscri")
    analyzer.finish()

    assert read_page(port, lambda page: len(page) > 0)
    sluice.stop_clean()


def test_secadvisor_file_yml_and_secadvisor_s3_yml_give_the_same_records(analyzers, sluice_run, object_store, folder, stored):
    analyzer = analyzers("--username", "exporter", "--password", "secret", "--start", "2")
    store = object_store()
    here = f"127.0.0.1:{analyzer.port}"
    files = replaced("secadvisor-file.yml", folder, {"analyzer.example.net:8082": here, "/var/lib/flow-logs": str(stored),
                                                     "      - 172.16.0.0/12\n      - 192.168.0.0/16\n": ""})
    bucket = replaced("secadvisor-s3.yml", folder, in_store(analyzer, store, "eu-de") | {
        "pipeline:\n  sub": "analyzer: {auth: {cluster: {username: exporter, password: secret}}}\npipeline:\n  sub"})

    one = sluice_run(files, env={"ANALYZER_PASSWORD": "secret"})
    other = sluice_run(bucket, env={"S3_SECRET_KEY": store.secret_key})
    analyzer.finish()
    one.stop_clean()
    other.stop_clean()

    in_files = [record for item in read_objects(stored) for record in records_of(item.content)]
    in_bucket = [record for item in store.stored() for record in records_of(gzip.decompress(item.content))]
    assert in_files and sorted(map(json.dumps, in_files)) == sorted(map(json.dumps, in_bucket))


def test_vpclogs_yml_gives_objects_with_its_header(analyzers, sluice_run, folder, stored):
    analyzer = analyzers("--username", "exporter", "--password", "secret")
    places = {"analyzer.example.net:8082": f"127.0.0.1:{analyzer.port}", "/var/lib/flow-logs": str(stored)}

    sluice = sluice_run(replaced("vpclogs.yml", folder, places), env={"ANALYZER_PASSWORD": "secret"})
    analyzer.finish()
    sluice.stop_clean()

    objects = [json.loads(item.content) for item in read_objects(stored)]
    assert objects
    for value in objects:
        jsonschema.validate(value, SCHEMA)
        assert value["collector_crn"].startswith("crn:v1:")
        assert value["attached_endpoint_type"] == "vnic"


def test_vpclogs_action_tells_accepted_from_rejected(analyzers, sluice_run, object_store, folder):
    analyzer = analyzers(recordings=[DATA / "inputs" / "action.jsonl"])
    store = object_store()
    places = in_store(analyzer, store, "us-south") | {
        "4246e3f2-efd5-4442-9837-a52e1714da48": TIDS[0],
        "8e1a29c6-62a5-4b55-8d5a-6a3c3f3d2f10": TIDS[1],
        "reject_timeout: 5": "reject_timeout: 1",
        "max_seconds_per_object: 60": "max_seconds_per_object: 1",
    }
    config = replaced("vpclogs-action.yml", folder, places)

    sluice = sluice_run(config, options=["--status-interval", "1"], env={"S3_SECRET_KEY": store.secret_key})
    analyzer.finish()
    sluice.err.wait_for(r"flows 19 .* waiting 0 ")
    sluice.stop_clean()

    actions = {}
    for item in store.stored():
        value = json.loads(gzip.decompress(item.content))
        jsonschema.validate(value, SCHEMA)
        for record in value["flow_logs"]:
            actions.setdefault(record["initiator_port"], set()).add(record["action"])
    # 42000 is reported from one side alone, 44000 from somewhere else
    assert actions[41000] == {"accepted"} and actions[42000] == {"rejected"} and 44000 not in actions


# AWS's documentation: bucket-and-optional-folder/AWSLogs/account/vpcflowlogs/region/year/month/day/file, and the file's name
AWS_KEY = re.compile(
    r"AWSLogs/(\d{12})/vpcflowlogs/([a-z0-9-]+)/(\d{4})/(\d\d)/(\d\d)/"
    r"(\d{12})_vpcflowlogs_([a-z0-9-]+)_(fl-[^_/]+)_(\d{8})T\d{4}Z_([0-9a-f]{8})\.log\.gz"
)


def test_awsflowlogs_stores_what_aws_would(analyzers, sluice_run, s3, folder):
    table = DATA / "recordings" / "topology.jsonl"
    analyzer = analyzers(topology=[table])
    places = in_store(analyzer, s3, "eu-central-1") | {
        "- 10.0.0.0/8": "- 10.42.1.8/29",
        "max_flows_per_object: 6000": "max_flows_per_object: 400",
    }
    config = replaced("awsflowlogs.yml", folder, places)
    sluice = sluice_run(config, env={"S3_SECRET_KEY": s3.secret_key})

    analyzer.finish()
    sluice.stop_clean()

    found, ids = [], []
    for item in s3.stored():
        account, region, *date, again, region_again, flow_log, day, number = AWS_KEY.fullmatch(item.key).groups()
        assert (account, region) == (again, region_again) == ("123456789012", "eu-central-1") and "".join(date) == day
        assert item.headers["content-type"] == "text/plain"
        rows = read_text(gzip.decompress(item.content).decode())
        found += [tuple(row.values()) for row in rows]
        ids.append((flow_log, number))
    assert len(ids) == len(set(ids)) > 4
    lines, masks = read_lines(recording("mixed")), ["10.42.1.8/29", "fd00::/8"]
    constants = {"account-id": "123456789012", "region": "eu-central-1", "vpc-id": "vpc-0a1b2c3d"}
    wanted = expected_rows(lines, masks, fields_of(5), constants, 5, interfaces(table))
    assert sorted(found) == sorted(tuple(row.values()) for rows in wanted.values() for row in rows)
