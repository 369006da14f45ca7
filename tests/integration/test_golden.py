"""Configurations of the real Go exporter, run by Sluice: what it stored is the beginning of what Sluice stores.

The exporter loses what waits when it is stopped, cuts by the wall clock and puts the tags in random order."""

import json

import pytest
from support.golden import Golden, on_one_line, run_golden
from support.objects import printed_objects, read_objects, split_records, texts_by_tag

FILES = [
    "secadvisor-exclude-started-nodns",
    "secadvisor-rec-burst",
    "none-rec-burst",
    "headbuild-none-s3",
    "headbuild-secadvisor-compact",
    "secadvisor-rec-finish",
    "none-rec-finish",
    "secadvisor-pretty-nodns",
    "syn-secadvisor-pretty",
    "syn-secadvisor-compress-none",
    "syn-secadvisor-exclude-started",
    "syn-secadvisor-encode-json",
    "syn-secadvisor-odd",
    "syn-secadvisor-context",
    "syn-secadvisor-autodiscovery",
    "secadvisor-autodiscovery-nodns",
]


def assert_is_beginning(wanted, found):
    assert set(wanted) <= set(found)
    for tag, texts in wanted.items():
        assert found[tag][: len(texts)] == texts, f"tag {tag}"


def parsed(texts):
    return {tag: list(map(json.loads, of_tag)) for tag, of_tag in texts.items()}


@pytest.mark.parametrize("compat", [False, True], ids=["default", "sfe"])
@pytest.mark.parametrize("name", FILES)
def test_records_are_those_of_the_exporter(analyzers, sluice_run, folder, stored, name, compat):
    golden = Golden(name)

    run_golden(golden, analyzers, sluice_run, folder, lambda a: golden.config_for(a, stored, compat))

    found = {tag: list(map(on_one_line, texts)) for tag, texts in texts_by_tag(read_objects(stored)).items()}
    wanted = golden.texts_by_tag()
    if not compat:
        # strings keep the form in which they came, < among them
        found, wanted = parsed(found), parsed(wanted)
    assert_is_beginning(wanted, found)


@pytest.mark.parametrize("name", ["syn-secadvisor-extend", "secadvisor-extend-nodns"])
def test_compat_extends_records_as_the_exporter_did(analyzers, sluice_run, folder, stored, name):
    golden = Golden(name)

    run_golden(golden, analyzers, sluice_run, folder, lambda a: golden.config_for(a, stored, compat=True))

    assert_is_beginning(golden.texts_by_tag(), texts_by_tag(read_objects(stored)))


@pytest.mark.parametrize(
    "name, compat, begins",
    [
        ("syn-secadvisor-encode-json", True, "["),
        ("syn-secadvisor-encode-json", False, '{"data":['),
        ("syn-secadvisor-compress-none", True, '{"data":['),
    ],
)
def test_compat_wraps_as_encode_type_says_and_default_as_the_transform_says(
    analyzers, sluice_run, folder, stored, name, compat, begins
):
    golden = Golden(name)

    run_golden(golden, analyzers, sluice_run, folder, lambda a: golden.config_for(a, stored, compat))

    objects = read_objects(stored)
    assert objects
    assert all(item.content.startswith(begins) for item in objects)
    if compat:
        assert all(body.startswith(begins) for _, body in golden.bodies())


def test_compat_ends_every_key_in_gz_compressed_or_not(analyzers, sluice_run, folder, stored):
    golden = Golden("syn-secadvisor-compress-none")

    run_golden(golden, analyzers, sluice_run, folder, lambda a: golden.config_for(a, stored, compat=True))

    objects = read_objects(stored)
    assert objects
    assert all(item.key.endswith(".gz") and item.stored[:2] != b"\x1f\x8b" for item in objects)


@pytest.mark.parametrize("name", ["syn-secadvisor-pretty", "secadvisor-pretty-nodns"])
def test_pretty_text_is_laid_out_as_the_exporter_did(analyzers, sluice_run, folder, stored, name):
    golden = Golden(name)

    run_golden(golden, analyzers, sluice_run, folder, lambda a: golden.config_for(a, stored, compat=True))

    contents = {item.tag: item.content for item in read_objects(stored)}
    wanted = dict(reversed(golden.bodies()))
    for tag, body in wanted.items():
        # all but how the array ends: the exporter's object may be shorter
        assert contents[tag].startswith(body.removesuffix("\n\t]\n}\n"))
        assert contents[tag].endswith("\n\t\t}\n\t]\n}\n") and body.endswith("\n\t\t}\n\t]\n}\n")


@pytest.mark.parametrize(
    "name",
    ["none-stdout-direct-nodns", "secadvisor-stdout-direct-nodns", "syn-secadvisor-stdout-direct"],
)
def test_compat_prints_direct_objects_as_the_exporter_did(analyzers, sluice_run, folder, name):
    golden = Golden(name)

    sluice = run_golden(golden, analyzers, sluice_run, folder, lambda a: golden.config_printing(a, compat=True))

    # the tags of one message come in random order from the exporter, and its last object may be cut off
    found, wanted = by_header(printed_objects(sluice.output())), by_header(golden.printed()[:-1])
    assert set(wanted) <= set(found)
    for header, contents in wanted.items():
        assert found[header][: len(contents)] == contents, header


def test_compat_prints_buffered_objects_with_a_blank_line_behind(analyzers, sluice_run, folder):
    golden = Golden("syn-secadvisor-stdout-buffered")

    sluice = run_golden(golden, analyzers, sluice_run, folder, lambda a: golden.config_printing(a, compat=True))

    found = printed_objects(sluice.output())
    assert all(header.startswith("bucket/logs/") and header.endswith("/00000000.gz") for header, _ in found)
    assert all(content.endswith("]}\n\n") for _, content in found)
    wanted = {header.split("/")[2]: content for header, content in golden.printed()}
    for header, content in found:
        records = split_records(content)
        tag = header.split("/")[2]
        exporter = split_records(wanted[tag])
        assert records[: len(exporter)] == exporter


def by_header(printed):
    """Header → its objects' contents in order; what follows the array stays text."""
    found = {}
    for header, content in printed:
        found.setdefault(header, []).append(
            (content[: content.index("[")], split_records(content), content[content.rindex("]") :])
        )
    return found
