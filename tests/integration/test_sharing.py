"""Several files in one run: they share what they can and do not disturb each other."""

import json

import pytest
from support.formats import SecAdvisor, expected
from support.golden import read_lines, recording
from support.objects import assert_same, read_objects, texts_by_tag
from support.sluice import changed, pipeline

MASKS = ["10.42.1.8/29", "fd42:1::10/124"]


def test_files_of_one_analyzer_share_a_subscription(analyzers, sluice_run, folder):
    analyzer = analyzers("--start", "command")
    roots = [folder / "one", folder / "two"]
    for root in roots:
        root.mkdir()
    sluice = sluice_run(
        pipeline(analyzer, roots[0]), pipeline(analyzer, roots[1], transform={"type": "secadvisor"})
    )
    analyzer.wait("subscribed")

    analyzer.tell("start")
    analyzer.finish()
    summary = sluice.stop_clean()

    assert len(analyzer.all("subscribed")) == 1
    assert len(summary["subscriptions"]) == 1
    lines = read_lines(recording("mixed"))
    assert_same(texts_by_tag(read_objects(roots[0])), expected(lines, MASKS))
    assert_same(texts_by_tag(read_objects(roots[1])), expected(lines, MASKS, SecAdvisor()))


def test_files_with_other_credentials_have_a_subscription_of_their_own(analyzers, sluice_run, folder, stored):
    analyzer = analyzers("--start", 2)
    other = changed(pipeline(analyzer, stored), "analyzer.auth.cluster", {"username": "u", "password": "p"})
    sluice = sluice_run(pipeline(analyzer, stored), other)

    analyzer.finish()
    summary = sluice.stop_clean()

    assert len(analyzer.all("subscribed")) == 2
    assert len(summary["subscriptions"]) == 2


def test_connections_that_differ_in_a_password_alone_keep_their_epochs_apart(analyzers, sluice_run, folder, stored):
    analyzer = analyzers("--start", 2)
    configs = []
    for password in ("one", "two"):
        auth = {"username": "u", "password": password}
        configs.append(changed(pipeline(analyzer, stored), "analyzer.auth.cluster", auth))
    sluice = sluice_run(*configs, options=["--data-dir", folder / "data"])
    analyzer.finish()
    summary = sluice.stop_clean()

    epochs = json.loads((folder / "data" / "epochs.json").read_text())
    assert len(epochs) == 2
    ends = sorted(int(list_of_one["last_sequence"]) for (list_of_one,) in epochs.values())
    assert ends == sorted(one["published"] for one in summary["subscriptions"])


def test_a_capture_is_widened_when_another_file_needs_every_flow(analyzers, sluice_run, folder):
    analyzer = analyzers("--start", "command")
    capture = "6de5cb19-a123-4005-b402-af30a147985c"
    roots = [folder / "one", folder / "two"]
    for root in roots:
        root.mkdir()
    narrow = changed(pipeline(analyzer, roots[0]), "pipeline.subscriber.capture_id", capture)
    sluice = sluice_run(narrow, pipeline(analyzer, roots[1]))

    assert "flow" in analyzer.wait("subscribed")["namespaces"]
    analyzer.tell("start")
    analyzer.finish()
    summary = sluice.stop_clean()

    assert summary["pipelines"]["pipeline-0-0"]["excluded_capture"] > 0
    assert_same(texts_by_tag(read_objects(roots[1])), expected(read_lines(recording("mixed")), MASKS))
    assert summary["pipelines"]["pipeline-0-0"]["written"] < summary["pipelines"]["pipeline-0-1"]["written"]


def test_two_files_with_the_same_host_id_are_refused(analyzer, sluice_run, stored):
    config = changed(pipeline(analyzer, stored), "host_id", "edge-1")
    sluice = sluice_run(config, config)

    assert sluice.wait() == 2

    assert sluice.err.wait_for(r"pipeline-0-1\.yml.*host_id.*edge-1.*pipeline-0-0\.yml")
    assert not analyzer.all("subscribed")


@pytest.mark.parametrize("count", [10])
def test_many_pipelines_read_the_same_flows(analyzers, sluice_run, folder, count):
    analyzer = analyzers("--start", "command")
    roots = [folder / str(index) for index in range(count)]
    for root in roots:
        root.mkdir()
    sluice = sluice_run(*[pipeline(analyzer, root, compress={"type": "gzip"}) for root in roots])
    analyzer.wait("subscribed")

    analyzer.tell("start")
    analyzer.finish()
    sluice.stop_clean()

    wanted = expected(read_lines(recording("mixed")), MASKS)
    for root in roots:
        assert_same(texts_by_tag(read_objects(root)), wanted)


def test_a_pipeline_that_fails_leaves_the_others_alone(analyzers, sluice_run, folder, stored):
    analyzer = analyzers("--start", "command")
    blocked = folder / "a-file"
    blocked.write_text("no folder\n")
    sluice = sluice_run(pipeline(analyzer, stored), pipeline(analyzer, blocked), options=["--drain-timeout", 1])
    analyzer.wait("subscribed")

    analyzer.tell("start")
    analyzer.finish()
    code = sluice.stop()

    assert code in (3, 4), sluice.err.text()
    assert "write.file.root" in sluice.err.text()
    assert_same(texts_by_tag(read_objects(stored)), expected(read_lines(recording("mixed")), MASKS))


@pytest.mark.parametrize("other_root, dirname, prefix", [("{}/", "a", "b/c"), ("../stored", "a/b", "c"), ("./", "a/b/c", "")])
def test_files_that_name_one_folder_in_two_ways_do_not_overwrite_each_other(
    analyzers, sluice_run, stored, other_root, dirname, prefix
):
    analyzer = analyzers("--start", "command")
    one = changed(pipeline(analyzer, stored), "pipeline.store.buffered.dirname", "a")
    one = changed(one, "pipeline.store.buffered.filename_prefix", "b/c")
    other = changed(pipeline(analyzer, other_root.format(stored)), "pipeline.store.buffered.dirname", dirname)
    other = changed(other, "pipeline.store.buffered.filename_prefix", prefix)
    sluice = sluice_run(one, other, cwd=stored)
    analyzer.wait("subscribed")

    analyzer.tell("start")
    analyzer.finish()
    summary = sluice.stop_clean()

    objects = read_objects(stored)
    assert len(objects) == sum(one["objects_written"] for one in summary["pipelines"].values())
    assert len(objects) > len({stored.stream for stored in objects}) > 1


def test_slashes_at_the_ends_and_in_the_middle_of_names_mean_nothing(analyzers, sluice_run, stored):
    analyzer = analyzers()
    config = changed(pipeline(analyzer, stored), "pipeline.store.buffered.dirname", "/logs/")
    sluice = sluice_run(changed(config, "pipeline.store.buffered.filename_prefix", "/a//b/"))
    analyzer.finish()
    summary = sluice.stop_clean()

    objects = read_objects(stored)
    assert len(objects) == summary["pipelines"]["pipeline-0-0"]["objects_written"] > 0
    assert all(stored.key.startswith("logs/a/b/") for stored in objects)


def test_a_run_without_memory_does_not_reuse_the_streams_of_the_last_one(analyzers, sluice_run, stored):
    """With a stream for each object their names run ahead of the clock."""
    written = 0
    for _ in range(2):
        analyzer = analyzers()
        config = changed(pipeline(analyzer, stored), "pipeline.store.buffered.max_seconds_per_stream", 0)
        config = changed(config, "pipeline.store.buffered.max_flows_per_object", 20)
        sluice = sluice_run(config)
        analyzer.finish()
        summary = sluice.stop_clean()
        written += summary["pipelines"][next(iter(summary["pipelines"]))]["objects_written"]
        assert len(read_objects(stored)) == written
