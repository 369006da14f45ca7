"""Several workers print to one stdout: each object is printed whole."""

from support.formats import expected
from support.golden import read_lines, recording
from support.objects import KEY, assert_same, printed_objects, split_records
from support.sluice import changed, pipeline

MASKS = ["10.42.1.8/29", "fd42:1::10/124"]
WORKERS = ["north", "east", "south", "west"]


def printing(analyzer, name):
    config = pipeline(analyzer, "unused", write={"type": "stdout"})
    config = changed(config, "pipeline.store.buffered.dirname", name)
    return changed(config, "pipeline.store.buffered.max_flows_per_object", 50)


def test_objects_of_several_workers_do_not_mix(analyzer, sluice_run):
    sluice = sluice_run(*[printing(analyzer, name) for name in WORKERS])

    analyzer.finish()
    sluice.stop_clean()

    found = {name: {} for name in WORKERS}
    switches, before = 0, None
    for header, content in printed_objects(sluice.output()):
        name, key = header.split("/", 1)
        tag = KEY.match(key)[1]
        found[name].setdefault(tag, []).extend(split_records(content))
        switches += name != before
        before = name
    # they did print side by side, or this would show nothing
    assert switches > len(WORKERS)
    for name in WORKERS:
        assert_same(found[name], expected(read_lines(recording("mixed")), MASKS))
