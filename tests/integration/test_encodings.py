"""Compression and layout of objects, read by other programs than Sluice."""

import json
import re
import subprocess

import pytest
from support.formats import expected
from support.golden import read_lines, recording
from support.objects import assert_same, printed_objects, read_objects, records_by_tag, split_records, texts_by_tag
from support.sluice import pipeline

MASKS = ["10.42.1.8/29", "fd42:1::10/124"]


@pytest.mark.parametrize("level", [1, 6, 9, "fast", "auto"])
def test_gzip_objects_are_read_by_gzip_and_python(analyzer, sluice_run, stored, level):
    compress = {"type": "gzip", "gzip": {"level": level}}
    sluice = sluice_run(pipeline(analyzer, stored, compress=compress))

    analyzer.finish()
    sluice.stop_clean()

    objects = read_objects(stored)
    assert_same(texts_by_tag(objects), expected(read_lines(recording("mixed")), MASKS))
    for item in objects:
        assert item.key.endswith(".json.gz")
        unpacked = subprocess.run(["gzip", "-dc", stored / item.key], capture_output=True)
        assert (unpacked.returncode, unpacked.stderr) == (0, b"")
        assert unpacked.stdout.decode() == item.content
        assert len(item.stored) * 4 < len(item.content)


def test_uncompressed_objects_end_in_json_and_a_newline(analyzer, sluice_run, stored):
    sluice = sluice_run(pipeline(analyzer, stored))

    analyzer.finish()
    sluice.stop_clean()

    for item in read_objects(stored):
        assert item.key.endswith(".json")
        assert item.content.startswith("[{") and item.content.endswith("}]\n")


def test_keys_hold_prefix_tag_stream_and_number_below_the_bucket(analyzer, sluice_run, stored):
    sluice = sluice_run(pipeline(analyzer, stored))

    analyzer.finish()
    sluice.stop_clean()

    assert {item.key.rsplit("/", 3)[0] for item in read_objects(stored)} == {"bucket/logs"}


IBM_KEY = re.compile(
    r"bucket/logs/ibm_vpc_flowlogs_v1/account=-/region=eu-de/vpc-id=a%2Fb/subnet-id=-/endpoint-type=vnics/instance-id=-/"
    r"vnic-id=-/record-type=(internal|ingress|egress|other)/year=(\d{4})/month=(\d\d)/day=(\d\d)/hour=\d\d/"
    r"stream-id=(\d{8}T\d{6}Z)/(\d{8})\.gz"
)


def test_keys_may_have_another_layout(analyzer, sluice_run, stored):
    static = {"region": "eu-de", "vpc-id": "a/b"}
    transform = {"type": "awsflowlogs", "awsflowlogs": {"static": static}}
    config = pipeline(analyzer, stored, transform=transform, encode={"type": "csv"}, compress={"type": "gzip"})
    config["pipeline"]["store"]["buffered"].update(key_template="ibm", max_flows_per_object=200)
    sluice = sluice_run(config)

    analyzer.finish()
    sluice.stop_clean()

    streams = {}
    for path in stored.rglob("*.gz"):
        tag, *date, stream, number = IBM_KEY.fullmatch(str(path.relative_to(stored))).groups()
        assert "".join(date) >= stream[:8]
        streams.setdefault((tag, stream), []).append(int(number))
    assert sum(map(len, streams.values())) > 5
    assert all(sorted(numbers) == list(range(len(numbers))) for numbers in streams.values())


@pytest.mark.parametrize("transform", ["none", "secadvisor"])
def test_pretty_objects_hold_the_same_records_indented_by_tabs(analyzers, sluice_run, folder, transform):
    found = {}
    for pretty in (False, True):
        analyzer = analyzers()
        root = folder / str(pretty)
        root.mkdir()
        encode = {"type": "json", "json": {"pretty": pretty}}
        sluice = sluice_run(pipeline(analyzer, root, encode=encode, transform={"type": transform}))
        analyzer.finish()
        sluice.stop_clean()
        found[pretty] = read_objects(root)

    assert records_by_tag(found[True]) == records_by_tag(found[False])
    for item in found[True]:
        assert item.content == json.dumps(json.loads(item.content), indent="\t", ensure_ascii=False) + "\n"


def test_stdout_shows_each_object_under_its_key(analyzer, sluice_run):
    sluice = sluice_run(pipeline(analyzer, "", write={"type": "stdout"}))

    analyzer.finish()
    sluice.stop_clean()

    found = {}
    for header, content in printed_objects(sluice.output()):
        assert header.startswith("bucket/logs/")
        assert content.endswith("}]\n")
        found.setdefault(header.split("/")[2], []).extend(split_records(content))
    assert found == expected(read_lines(recording("mixed")), MASKS)
