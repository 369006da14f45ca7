"""write: s3 into a store that misbehaves: every object arrives once, under one key with one content."""

import pytest
from support.formats import expected
from support.golden import read_lines, recording
from support.history import History
from support.objects import KEY, assert_same, check_numbers, texts_by_tag

MASKS = ["10.42.1.8/29", "fd42:1::10/124"]
PATIENT = ["--drain-timeout", 60]


def everything():
    return expected(read_lines(recording("mixed")), MASKS)


def assert_all_stored_once(store):
    """Each record is there once, in one stream a tag, and no key was ever given two contents."""
    objects = store.objects()
    assert_same(texts_by_tag(objects), everything())
    check_numbers(objects)
    assert store.state()["several_contents"] == []


def run(analyzer, sluice_run, store, max_flows=200):
    """Sluice until everything is stored."""
    sluice = sluice_run(store.pipeline(analyzer, max_flows=max_flows), options=PATIENT)
    analyzer.finish()
    sluice.stop_clean(timeout=90)
    return sluice


def puts(store, **members):
    return store.all("request", method="PUT", **members)


def tries_of(store, fault):
    """The requests for the key that met this fault, in order."""
    key = store.wait("request", fault=fault)["key"]
    return sorted(puts(store, key=key), key=lambda event: event["t"])


def tag_of(key):
    return KEY.match(key)[1]


# ---- answers ----


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_a_failure_is_retried_with_the_same_bytes_under_the_same_key(analyzer, sluice_run, object_store, status):
    store = object_store()
    store.tell(f"fail {status} count=2")

    run(analyzer, sluice_run, store)

    assert_all_stored_once(store)
    tries = tries_of(store, f"fail {status}")
    assert tries[0]["status"] == status and tries[-1]["status"] == 200
    assert len({(event["sha256"], event["headers"]["x-amz-meta-sha256"]) for event in tries}) == 1


def test_a_refusal_before_the_body_is_read_is_retried(analyzer, sluice_run, object_store):
    store = object_store()
    store.tell("fail 503 early=1 count=3")

    run(analyzer, sluice_run, store, max_flows=2000)

    assert_all_stored_once(store)


def test_delays_double_from_a_second_with_jitter(analyzer, sluice_run, object_store):
    store = object_store()
    store.tell("fail 503 match=*/egress/* count=3")

    run(analyzer, sluice_run, store)

    times = [event["t"] for event in tries_of(store, "fail 503")]
    delays = [later - earlier for earlier, later in zip(times, times[1:])]
    assert len(delays) == 3
    for delay, wanted in zip(delays, (1, 2, 4)):
        assert 0.75 * wanted < delay < 1.25 * wanted + 1
    assert_all_stored_once(store)


def test_retry_after_is_waited_for(analyzer, sluice_run, object_store):
    store = object_store()
    store.tell("fail 503 code=SlowDown retry_after=4 count=1")

    run(analyzer, sluice_run, store)

    first, second = tries_of(store, "fail 503")
    assert 4 <= second["t"] - first["t"] < 8
    assert_all_stored_once(store)


@pytest.mark.parametrize("status", [301, 307])
def test_a_redirect_is_not_followed(analyzer, sluice_run, object_store, status):
    store, elsewhere = object_store(), object_store()
    store.tell(f"fail {status} location={elsewhere.endpoint}/bucket/stolen count=1")

    sluice = run(analyzer, sluice_run, store)

    assert elsewhere.state()["requests"] == 0
    assert sluice.err.wait_for(rf"{status} \w+Redirect.*{elsewhere.port}.*pipeline\.write\.s3\.(region|endpoint)")
    assert_all_stored_once(store)


def test_a_storm_of_503_loses_nothing_and_keeps_the_order(build, analyzers, sluice_run, object_store, folder):
    analyzer = analyzers("--loop", 3)
    store = object_store()
    store.tell("fail 503 code=SlowDown")
    sluice = sluice_run(store.pipeline(analyzer, max_flows=300), options=PATIENT)
    sluice.err.wait_for(r"SlowDown")

    analyzer.finish()
    store.tell("clear")
    summary = sluice.stop_clean(timeout=90)
    analyzer.stop()

    (name,) = summary["pipelines"]
    history = History(build, analyzer.log, {name: store.folder})
    history.add_run(summary)
    assert history.check(may_lose=set())["pipelines"][name]["stored"] == 3 * 2233
    for tag in everything():
        keys = [event["key"] for event in puts(store, status=200) if tag_of(event["key"]) == tag]
        assert keys == sorted(keys)


# ---- answers that are lost, late or none ----


def test_lost_answers_make_nothing_twice(build, analyzers, sluice_run, object_store):
    analyzer = analyzers("--loop", 2)
    store = object_store()
    store.tell("lose-answers 12")
    sluice = sluice_run(store.pipeline(analyzer, max_flows=400), options=PATIENT)
    analyzer.finish()

    summary = sluice.stop_clean(timeout=90)
    analyzer.stop()

    assert len(store.all("request", fault="lose-answers")) == 12
    (name,) = summary["pipelines"]
    history = History(build, analyzer.log, {name: store.folder})
    history.add_run(summary)
    assert history.check(may_lose=set())["pipelines"][name]["stored"] == 2 * 2233
    assert store.state()["several_contents"] == []


@pytest.mark.parametrize("kind", ["reset in-body", "reset after-body"])
def test_a_reset_is_retried(analyzer, sluice_run, object_store, kind):
    store = object_store()
    store.tell(f"{kind} count=4")

    run(analyzer, sluice_run, store)

    assert len(store.all("request", fault=kind)) == 4
    assert_all_stored_once(store)


@pytest.mark.parametrize("kind", ["not-http", "endless-header", "huge-body"])
def test_an_answer_that_is_none_is_a_failure_and_retried(analyzer, sluice_run, object_store, kind):
    store = object_store()
    store.tell(f"garbage-answer {kind} count=2")

    sluice = run(analyzer, sluice_run, store)

    assert sluice.err.wait_for(r"object store .*pipeline\.write\.s3\.endpoint")
    assert len(tries_of(store, f"garbage-answer {kind}")) > 1
    assert_all_stored_once(store)


def test_a_success_whose_body_does_not_end_is_sent_again(analyzer, sluice_run, object_store):
    store = object_store()
    store.tell("garbage-answer no-end count=1")
    sluice = sluice_run(store.pipeline(analyzer, max_flows=200), options=PATIENT)
    key = store.wait("hanging", place="no-end")["key"]

    store.tell("clear")

    analyzer.finish()
    sluice.stop_clean(timeout=90)
    assert [event["status"] for event in puts(store, key=key)] == [None, 200]
    assert_all_stored_once(store)


def test_an_idle_connection_that_the_store_closes_costs_no_failure(analyzers, sluice_run, object_store, folder):
    analyzer = analyzers("--start", "command")
    message = folder / "message.jsonl"
    message.write_text(read_lines(recording("mixed"))[0] + "\n")  # has flows of one tag only
    store = object_store()
    config = store.pipeline(analyzer)
    config["pipeline"]["store"]["buffered"]["max_seconds_per_object"] = 0
    sluice = sluice_run(config, options=PATIENT)
    analyzer.wait("subscribed")

    start = 0
    for _ in range(4):
        analyzer.tell(f"send {message}")
        store.wait("request", start=start, status=200)
        start = store.tell("close-idle")
        assert store.wait("command", start=start)["closed"] == 1

    sluice.stop_clean(timeout=90)
    assert [event["status"] for event in puts(store)] == [200] * 4
    assert [event["connection"] for event in puts(store)] == [1, 2, 3, 4]
    assert "SinkReachable" not in sluice.err.text()


def test_a_slow_store_is_waited_for(analyzer, sluice_run, object_store):
    store = object_store()
    store.tell("slow 300000")

    sluice = run(analyzer, sluice_run, store, max_flows=2000)

    assert {event["status"] for event in puts(store)} == {200}
    assert "SinkReachable" not in sluice.err.text()
    assert_all_stored_once(store)


@pytest.mark.parametrize("place", ["before-headers", "in-body", "after-body"])
def test_a_store_that_hangs_holds_up_neither_another_pipeline_nor_the_analyzer(
    analyzer, sluice_run, object_store, place
):
    hangs, works = object_store(), object_store()
    hangs.tell(f"hang {place}")
    configs = [store.pipeline(analyzer, max_flows=90) for store in (hangs, works)]
    sluice = sluice_run(*configs, options=PATIENT)
    hangs.wait("hanging")

    analyzer.finish()

    # all that is full is stored by the one while the other hangs
    full = {tag: len(texts) // 90 for tag, texts in everything().items()}
    for tag, count in full.items():
        works.wait("request", status=200, key=lambda key: key.endswith(f"{count - 1:08}.json") and tag_of(key) == tag)
    assert not hangs.all("request")
    hangs.tell("clear")
    sluice.stop_clean(timeout=90)
    for store in (hangs, works):
        assert_all_stored_once(store)


def test_a_tag_that_hangs_holds_up_no_other_tag(analyzer, sluice_run, object_store):
    store = object_store()
    store.tell("hang after-body match=*/ingress/*")
    sluice = sluice_run(store.pipeline(analyzer, max_flows=90), options=PATIENT)
    store.wait("hanging")

    for tag in ("egress", "internal", "other"):
        store.wait("request", status=200, key=lambda key: tag_of(key) == tag)

    assert not any(tag_of(event["key"]) == "ingress" for event in store.all("request"))
    store.tell("clear")
    analyzer.finish()
    sluice.stop_clean(timeout=90)
    assert_all_stored_once(store)


@pytest.mark.long
@pytest.mark.parametrize("place", ["before-headers", "in-body", "after-body"])
def test_a_hang_is_given_up_after_half_a_minute_and_the_object_sent_again(analyzer, sluice_run, object_store, place):
    store = object_store()
    store.tell(f"hang {place} count=1")
    sluice = sluice_run(store.pipeline(analyzer, max_flows=200), options=PATIENT)

    sluice.err.wait_for(r"for 30 s.*pipeline\.write\.s3\.endpoint", timeout=60)

    store.tell("clear")
    analyzer.finish()
    sluice.stop_clean(timeout=90)
    assert_all_stored_once(store)


def test_a_store_that_is_away_is_waited_for(analyzer, sluice_run, object_store):
    first = object_store()
    config = first.pipeline(analyzer, max_flows=200)
    first.stop()
    sluice = sluice_run(config, options=PATIENT)
    sluice.err.wait_for(r"[Cc]onnection refused.*pipeline\.write\.s3\.endpoint")

    back = object_store(place="store-0", port=first.port)

    analyzer.finish()
    sluice.stop_clean(timeout=90)
    assert_all_stored_once(back)
