"""AWS flow logs, read by a parser that is written from AWS's table of fields, by Python's csv module and by gzip."""

import json
import subprocess

import pytest
from support.aws_logs import check, expected_rows, fields_of, interfaces, read_csv, read_text
from support.golden import DATA, Golden, read_lines, recording
from support.objects import assert_same, read_objects, records_by_tag, texts_by_tag
from support.sluice import pipeline

TABLE = DATA / "recordings" / "topology.jsonl"
TOPOLOGY = interfaces(TABLE)
MASKS = ["10.42.1.8/29", "fd42:1::10/124"]
READERS = {"text": read_text, "csv": read_csv}
ENDINGS = {"text": ".log.gz", "csv": ".csv.gz"}
CONSTANTS = {"account-id": "123456789012", "vpc-id": "vpc-1", "interface-id": "eni-1", "traffic-path": "8"}


def aws(**settings):
    return {"type": "awsflowlogs", "awsflowlogs": settings}


def config_for(analyzer, stored, name, **sections):
    config = pipeline(analyzer, stored, **sections)
    if name == "extra-tcp":
        config["pipeline"]["subscriber"]["capture_id"] = "6de5cb19-a123-4005-b402-af30a147985c"
    return config


def rows_by_tag(objects, read):
    found = {}
    for item in objects:
        found.setdefault(item.tag, []).extend(read(item.content))
    return found


@pytest.mark.parametrize(
    "encode, name, settings, fields, version",
    [
        ("text", "mixed", {}, fields_of(2), 2),
        ("csv", "extra-tcp", {"version": 5}, fields_of(5), 5),
        ("csv", "mixed", {"fields": ["end", "ecs-task-id", "bytes", "version"]}, ["end", "ecs-task-id", "bytes", "version"], 7),
    ],
)
def test_rows_are_what_the_flows_come_to(analyzers, sluice_run, stored, encode, name, settings, fields, version):
    analyzer = analyzers(recordings=[recording(name)], topology=[TABLE])
    constants = {key: value for key, value in CONSTANTS.items() if key in fields}
    transform = aws(**settings, static=constants)
    sluice = sluice_run(
        config_for(analyzer, stored, name, transform=transform, encode={"type": encode}, compress={"type": "gzip"})
    )

    analyzer.finish()
    sluice.stop_clean()

    objects = read_objects(stored)
    assert_same(
        rows_by_tag(objects, READERS[encode]),
        expected_rows(read_lines(recording(name)), MASKS, fields, constants, version, TOPOLOGY),
    )
    for item in objects:
        assert item.key.endswith(ENDINGS[encode])
        assert item.content.split("\n")[0] == {"text": " ", "csv": ","}[encode].join(fields)
        unpacked = subprocess.run(["gzip", "-dc", stored / item.key], capture_output=True, check=True)
        assert unpacked.stdout.decode() == item.content


def test_objects_cut_by_number_have_their_header_each(analyzers, sluice_run, stored):
    analyzer = analyzers(recordings=[recording("burst")])
    config = pipeline(analyzer, stored, transform=aws(), encode={"type": "text"})
    config["pipeline"]["store"]["buffered"]["max_flows_per_object"] = 70
    sluice = sluice_run(config)

    analyzer.finish()
    sluice.stop_clean()

    objects = read_objects(stored)
    assert max(len(read_text(item.content)) for item in objects) == 70
    assert_same(
        rows_by_tag(objects, read_text), expected_rows(read_lines(recording("burst")), MASKS, fields_of(2))
    )


def test_json_has_the_same_values_under_aws_names(analyzers, sluice_run, stored):
    analyzer = analyzers(recordings=[recording("extra-tcp")], topology=[TABLE])
    sluice = sluice_run(config_for(analyzer, stored, "extra-tcp", transform=aws(version=5)))

    analyzer.finish()
    sluice.stop_clean()

    objects = read_objects(stored)
    found = {tag: [dict(zip(row, map(str, row.values()))) for row in rows] for tag, rows in records_by_tag(objects).items()}
    assert_same(found, expected_rows(read_lines(recording("extra-tcp")), MASKS, fields_of(5), version=5, topology=TOPOLOGY))
    assert {row["flow-direction"] for rows in found.values() for row in rows} >= {"egress", "ingress"}
    for row in json.loads(objects[0].content):
        assert type(row["bytes"]) is type(row["version"]) is int and type(row["srcaddr"]) is str
        for name, value in row.items():
            check(name, str(value))


# ---- the Go exporter ----


@pytest.mark.parametrize("name", ["syn-aws-json", "syn-aws-v5-json", "syn-aws-json-pretty", "aws-v3-json-nodns"])
def test_compat_json_is_the_exporters(analyzers, sluice_run, folder, stored, name):
    golden = Golden(name)
    analyzer = analyzers(recordings=[golden.input(folder)])
    file = folder / "exporter.yml"
    file.write_text(golden.config_for(analyzer, stored, compat=True))
    sluice = sluice_run(file)

    analyzer.finish()
    sluice.stop_clean()

    # the exporter loses what waits when it is stopped
    found, wanted = texts_by_tag(read_objects(stored)), golden.texts_by_tag()
    assert set(wanted) <= set(found)
    for tag, texts in wanted.items():
        own = [json.dumps(json.loads(text), separators=(",", ":")) if "\n" in text else text for text in found[tag]]
        assert own[: len(texts)] == texts, tag
    if name.endswith("pretty"):
        contents = {item.tag: item.content for item in read_objects(stored)}
        assert all(contents[tag] == body for tag, body in golden.bodies())


def test_the_exporters_own_example_writes_csv(analyzers, sluice_run, folder, stored):
    """Its file asked for csv, and it never wrote any."""
    golden = Golden("shipped-awsflowlogs")
    analyzer = analyzers(recordings=[golden.input(folder)])
    text = golden.config_for(analyzer, stored)
    file = folder / "exporter.yml"
    file.write_text(text)
    sluice = sluice_run(file)

    analyzer.finish()
    sluice.stop_clean()

    assert_same(
        rows_by_tag(read_objects(stored), read_csv),
        expected_rows(read_lines(golden.input(folder)), [], fields_of(2)),
    )
