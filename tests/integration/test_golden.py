"""Configurations of the real Go exporter, run by Sluice: what it stored is the beginning of what Sluice stores.

The exporter loses what waits when it is stopped, cuts by the wall clock and puts the tags in random order; Context,
A_Name, B_Name and NodeType come with the topology and are taken out of its records here."""

import pytest
from support.golden import Golden, without_topology
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
]


def run_golden(golden, analyzers, sluice_run, folder, config_of):
    analyzer = analyzers(recordings=[golden.input(folder)])
    file = folder / "exporter.yml"
    file.write_text(config_of(analyzer))
    sluice = sluice_run(file)
    analyzer.finish()
    sluice.stop_clean()
    return sluice


def assert_is_beginning(wanted, found):
    assert set(wanted) <= set(found)
    for tag, texts in wanted.items():
        assert found[tag][: len(texts)] == texts, f"tag {tag}"


@pytest.mark.parametrize("compat", [False, True], ids=["default", "sfe"])
@pytest.mark.parametrize("name", FILES)
def test_records_are_those_of_the_exporter(analyzers, sluice_run, folder, stored, name, compat):
    golden = Golden(name)

    run_golden(golden, analyzers, sluice_run, folder, lambda a: golden.config_for(a, stored, compat))

    found = {tag: list(map(without_topology, texts)) for tag, texts in texts_by_tag(read_objects(stored)).items()}
    assert_is_beginning(golden.texts_by_tag(), found)


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
        # the lines up to the first that the topology gave, and the end
        head = body.split('"A_Name"')[0].split('"B_Name"')[0].split('"Context"')[0].split('"NodeType"')[0]
        assert contents[tag].startswith(head.rstrip().rstrip(","))
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
        records = [without_topology(text) for text in split_records(content)]
        tag = header.split("/")[2]
        exporter = [without_topology(text) for text in split_records(wanted[tag])]
        assert records[: len(exporter)] == exporter


def by_header(printed):
    """Header → its objects' contents in order, without the topology's fields; what follows the array stays text."""
    found = {}
    for header, content in printed:
        texts = [without_topology(text) for text in split_records(content)]
        found.setdefault(header, []).append((content[: content.index("[")], texts, content[content.rindex("]") :]))
    return found
