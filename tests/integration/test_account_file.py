"""account: file. The number of bytes stored, exact over kills, damage and changes."""

import json

from support.objects import read_objects
from support.sluice import changed, pipeline

PATIENT = ["--drain-timeout", 60]
MEMBERS = ["version"] + [f"{what}-{end}" for what in ("accumulate", "current") for end in ("start", "end", "bytes")]


def accounted(analyzer, stored, path, max_flows=200, **sections):
    config = pipeline(analyzer, stored, account={"type": "file", "file": {"filename": str(path)}}, **sections)
    config["pipeline"]["store"]["buffered"]["max_flows_per_object"] = max_flows
    return config


def account(path):
    return json.loads(path.read_text())


def stored_bytes(stored):
    return sum(len(item.stored) for item in read_objects(stored))


def finish(analyzer, sluice):
    analyzer.finish()
    return sluice.stop_clean(timeout=90)


def test_every_stored_byte_is_in_it_in_the_exporters_form(analyzer, sluice_run, stored, folder):
    path = folder / "deep" / "account.json"
    finish(analyzer, sluice_run(accounted(analyzer, stored, path), options=PATIENT))

    found = account(path)
    assert list(found) == MEMBERS and found["version"] == "1.1.0"
    assert path.read_text().startswith('{\n "version": "1.1.0",\n "accumulate-start": ')
    assert found["accumulate-bytes"] == stored_bytes(stored) > 0
    assert found["accumulate-start"] <= found["current-start"] == found["current-end"] == found["accumulate-end"]
    assert 0 < found["current-bytes"] <= found["accumulate-bytes"]
    assert list(path.parent.iterdir()) == [path], "nothing is left beside it"


def test_kills_anywhere_count_nothing_twice_and_lose_nothing(analyzers, sluice_run, stored, folder, watch):
    path, data = folder / "account.json", folder / "data"
    analyzer = analyzers("--loop", 3)
    sluice = sluice_run(accounted(analyzer, stored, path, max_flows=50), options=[*PATIENT, "--data-dir", data])
    place = watch(stored)
    for number in range(1, 4):
        place.wait(lambda: len(list(stored.rglob("*.json"))) > 10 * number, "more objects")
        sluice.kill_children("sluice-worker")

    finish(analyzer, sluice)

    assert account(path)["accumulate-bytes"] == stored_bytes(stored)


def test_it_goes_on_in_the_next_run_after_another_file_and_with_what_the_exporter_left(
    analyzers, sluice_run, stored, folder
):
    path, other = folder / "account.json", folder / "other.json"
    before = dict(zip(MEMBERS, ["1.1.0", 1000, 2000, 5, 2000, 2000, 5]))
    path.write_text(json.dumps(before))
    config = folder / "pipeline.yml"

    def run(**sections):
        analyzer = analyzers()
        config.write_text(json.dumps(accounted(analyzer, stored, path, **sections)))
        finish(analyzer, sluice_run(config, options=[*PATIENT, "--data-dir", folder / "data"]))
        return stored_bytes(stored)

    first = run()
    assert account(path)["accumulate-bytes"] == 5 + first and account(path)["accumulate-start"] == 1000
    path, kept = other, path
    second = run()
    assert account(kept)["accumulate-bytes"] == 5 + first
    assert account(other)["accumulate-bytes"] == second - first
    path = kept
    third = run()
    assert account(path)["accumulate-bytes"] == 5 + first + third - second
    path.write_text(path.read_text()[:-9])
    fourth = run()
    assert account(path)["accumulate-bytes"] == 5 + first + fourth - second, "a damaged one is made anew from the record"
    assert len(list(folder.glob("account.json.damaged-*"))) == 1
    path.unlink()
    assert account_of_run(run, path) == stored_bytes(stored) - fourth, "one that was taken away begins anew"


def account_of_run(run, path):
    run()
    return account(path)["accumulate-bytes"]


def test_two_files_with_one_account_are_a_mistake(analyzer, sluice_run, stored, folder):
    config = accounted(analyzer, stored, folder / "account.json")
    same = accounted(analyzer, stored, f"{folder}/./account.json")
    sluice = sluice_run(config, same)

    assert sluice.wait() == 2
    sluice.err.wait_for(r"pipeline-0-1\.yml:\d+:\d+: pipeline\.account\.file\.filename: .*/\./account\.json is in use by ")


def test_serve_keeps_it_below_the_tenants_folder_and_gives_it_once(serve_real, analyzer, folder):
    serve = serve_real("--drain-timeout", 1)
    acme, globex = serve.tenant("acme"), serve.tenant("globex")
    one, two = "/v1/tenants/acme/pipelines/one", "/v1/tenants/acme/pipelines/two"
    files = serve.data_dir / "files" / "acme"

    config = accounted(analyzer, "out", "/accounts//./edge.json")
    acme.put(one, config, wait="10s").expect(201)
    acme.until(f"{one}/status", lambda _: (files / "accounts" / "edge.json").exists(), "the account")
    refused = acme.put(two, accounted(analyzer, "out", "accounts/edge.json")).expect(409)
    assert refused["code"] == "file.in_use"
    assert refused["errors"][0]["pointer"] == "/pipeline/account/file/filename"
    globex.put("/v1/tenants/globex/pipelines/one", config, wait="10s").expect(201)
    above = acme.put(two, accounted(analyzer, "out", "../globex/accounts/edge.json")).expect(422)
    assert above["errors"][0]["code"] == "confined"

    outside = folder / "outside"
    outside.mkdir()
    (files / "link").symlink_to(outside)
    moved = changed(config, "pipeline.account.file.filename", "link/edge.json")
    acme.put(two, moved).expect(201)
    serve.err.wait_for(r"account file link/edge\.json: folder link: ")
    assert list(outside.iterdir()) == []


def test_a_file_that_cannot_be_written_is_told_and_written_later(analyzer, sluice_run, stored, folder):
    place = folder / "place"
    place.mkdir()
    sluice = sluice_run(accounted(analyzer, stored, place / "account.json"), options=PATIENT)
    sluice.err.wait_for("subscri")
    for child in place.iterdir():
        child.unlink()
    place.rmdir()
    place.write_text("in the way")
    analyzer.finish()
    sluice.err.wait_for(r"account\.unwritten: the account file .* cannot be written, it is tried again")

    place.unlink()
    sluice.stop_clean(timeout=90)

    assert account(place / "account.json")["accumulate-bytes"] == stored_bytes(stored)
