"""The files that the Go exporter is shipped with, as they are but for addresses and writer.

Those of vpclogs and awsflowlogs: test_vpclogs.py, test_awsflowlogs.py."""

import json

import pytest
from support.golden import Golden, on_one_line, run_golden
from support.metrics import read_page
from support.objects import read_objects, texts_by_tag
from support.stores import free_port


def of_flows(texts_of):
    """The records of flows whose reports are whole: what logstatus adds comes at other times."""
    texts = {tag: [text for text in map(on_one_line, of_tag) if json.loads(text)["LogStatus"] == "OK"] for tag, of_tag in texts_of.items()}
    return {tag: of_tag for tag, of_tag in texts.items() if of_tag}


@pytest.mark.parametrize("name", ["shipped-secadvisor", "shipped-allinone"])
def test_it_runs_and_its_records_are_those_of_the_exporter(analyzers, sluice_run, folder, stored, name):
    golden = Golden(name)

    run_golden(golden, analyzers, sluice_run, folder, lambda a: golden.config_for(a, stored, compat=True))

    found, wanted = of_flows(texts_by_tag(read_objects(stored))), of_flows(golden.texts_by_tag())
    assert wanted
    for tag, texts in wanted.items():
        assert found[tag][: len(texts)] == texts, tag


def test_the_one_for_prometheus_serves_its_page(analyzers, sluice_run, folder):
    golden, port = Golden("shipped-prom_sky_con"), free_port()
    analyzer = analyzers(recordings=[golden.input(folder)], topology=golden.topology())
    file = folder / "exporter.yml"
    text = golden.config.replace("127.0.0.1:18582", f"127.0.0.1:{analyzer.port}").replace("port: 9600", f"port: {port}")
    file.write_text(text)

    sluice = sluice_run(file)

    analyzer.finish()
    assert read_page(port, lambda page: len(page) > 0)
    sluice.stop_clean()
