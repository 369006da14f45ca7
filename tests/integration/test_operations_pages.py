"""The pages for operation name what there is, all of it and nothing else: codes, reasons, metrics, options."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md")) + [ROOT / "README.md"]
DOTTED = r"[a-z_]+\.[a-z_]+"


def sources(*patterns):
    """The text of the C sources, without comments."""
    found = [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    return re.sub(r"/\*.*?\*/", "", "\n".join(path.read_text() for path in found), flags=re.DOTALL)


API = sources("api/*.c", "supervisor/serve/**/*.c")
SUPERVISOR = sources("supervisor/**/*.c", "supervisor/**/*.h")
WORKER = sources("worker/**/*.c")
SUBSCRIBER = sources("subscriber/*.c")
CONFIG = sources("common/config/*.c")


def first_of_calls(text, functions, literal):
    """The first literal of this form in each call of these functions."""
    return set(re.findall(rf'\b(?:{functions})\([^;"]*"({literal})"', text))


def all_of_calls(text, functions, literal):
    """All literals of this form in calls of these functions."""
    calls = re.findall(rf"\b(?:{functions})\((.*?)\);", text, re.DOTALL)
    return {word for call in calls for word in re.findall(rf'"({literal})"', call)}


def names_of(source, size):
    """What stands in a source's table names[size]."""
    return set(re.findall(r'"([a-z_]+)"', re.search(rf"names\[{size}\] = \{{(.*?)\}}", sources(source), re.DOTALL)[1]))


def section_of(page, title):
    text = (DOCS / page).read_text()
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[1]


def first_column(text):
    """What stands in backticks in the first column of its tables."""
    cells = re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def named(page, title):
    return first_column(section_of(page, title))


# ---- errors.md ----


def test_the_page_has_every_code_of_a_problem():
    refused = first_of_calls(API, "answer_refuse|answer_refuse_too|answer_unavailable|exchange_deny", r"[a-z_.]+")
    claimed = set(re.findall(r'"([a-z_]+\.in_use)"', API))
    assert named("errors.md", "Problems") == refused | claimed


def test_the_page_has_every_code_of_a_single_mistake():
    in_api = set(re.findall(r'\.code = "([a-z_.]+)"', API)) | set(re.findall(r'api_error\)\{[^;"]*"[^"]*", "([a-z_.]+)"', API))
    in_api |= set(re.findall(r'api_error\)\{ \w+, "([a-z_.]+)"', API)) | set(re.findall(r'"([a-z_]+\.in_use)"', API))
    in_api |= set(re.findall(r'\{ "[A-Za-z]+", "[a-z]+", "(probe\.[a-z]+)", "', API))
    in_api |= first_of_calls(API, "report", DOTTED) | set(re.findall(r'report\(parse, [^,]*, "([a-z_.]+)"', API))
    checked = first_of_calls(CONFIG, "problem_at|problem_at_key|warning_at|problem_here", "[a-z_]+")
    checked |= set(re.findall(r'CONFIG_(?:ERROR|WARNING), "([a-z_]+)"', CONFIG))
    assert named("errors.md", "In errors and warnings") == in_api | checked


def test_the_page_has_every_code_of_a_last_error():
    assert named("errors.md", "Last errors") == first_of_calls(SUPERVISOR, "pipeline_note_error", DOTTED)


def test_the_page_has_every_event_of_a_worker():
    raised = all_of_calls(WORKER, r"worker_event|spool_event|context->event", DOTTED)
    raised |= set(re.findall(r'flow_reports_new\(.*, "([a-z._]+)", err\)', WORKER))
    assert named("errors.md", "Events") == raised


def test_the_page_has_every_action_of_the_audit_trail():
    kinds = r"(?:(?:tenant|token|pipeline|secrets)\.[a-z_]+|refused)"
    store = sources("supervisor/store/*.c", "supervisor/store/*.h")
    actions = set(re.findall(rf'"({kinds})"', store)) | {"pipeline.restart"}
    actions |= all_of_calls(SUPERVISOR, "store_audit_add", kinds)
    assert '"pipeline.restart"' in API
    filtered = re.search(r"actions\[\] = \{(.*?)\}", sources("api/query.c"), re.DOTALL)[1]
    assert named("errors.md", "Audit actions") == actions == set(re.findall(rf'"({kinds})"', filtered))


def test_no_dotted_word_of_the_sources_is_missing():
    """Whatever way it gets into an answer, but for names of files and of sections."""
    words = set(re.findall(rf'"({DOTTED})"', sources("api/*.c") + SUPERVISOR))
    files = {word for word in words if word.split(".")[1] in ("json", "db", "key", "token", "sock", "lock", "next")}
    assert words - files - {"pipeline.write"} <= first_column((DOCS / "errors.md").read_text())


# ---- conditions.md ----

CAMEL = "[A-Z][A-Za-z]+"
CONDITIONS = sources("supervisor/serve/figures/status_conditions.c")


def test_the_page_has_every_condition():
    told = set(re.findall(r'"([A-Z]\w+)"', re.search(r"condition_names\[\] = \{(.*?)\}", WORKER, re.DOTALL)[1]))
    types = told | set(re.findall(r'add(?:_\w+)?\(list,(?: served,)? "([A-Z]\w+)"', CONDITIONS))
    assert set(re.findall(r"^## (\w+)$", (DOCS / "conditions.md").read_text(), re.MULTILINE)) == types


@pytest.mark.parametrize("condition, constant", [("WorkerReady", "CONDITION_WORKER"), ("SpoolWritable", "CONDITION_SPOOL")])
def test_the_page_has_every_reason_that_a_worker_gives(condition, constant):
    calls = re.findall(rf"worker_condition\([^;]*{constant},(.*?);", WORKER, re.DOTALL)
    reasons = {word for call in calls for word in re.findall(rf'"({CAMEL})"', call)}
    states = {"stopped", "starting", "draining", "backoff", "failed"} if condition == "WorkerReady" else set()
    assert named("conditions.md", condition) == reasons | states


def of_page():
    """Why a page for Prometheus is not served."""
    return set(re.findall(rf'"({CAMEL})"', re.search(r"\*reason_of\(.*?;", sources("worker/write_page.c"), re.DOTALL)[0]))


def test_the_page_has_every_reason_of_a_sink():
    reasons = set(re.findall(rf'"({CAMEL})"', re.search(r"reasons\[\] = \{(.*?)\}", WORKER)[1]))
    names = named("conditions.md", "SinkReachable")
    assert reasons | of_page() | {"Stored", "Listening"} <= names
    stores = first_column((DOCS / "object-stores.md").read_text())
    words = set(re.findall(r'"([a-z_]+)"', re.search(r"names\[\] = \{(.*?)\}", sources("common/err.c"), re.DOTALL)[1]))
    codes = {name for name in names - reasons - of_page() - {"Stored", "Listening", "HTTP403"} if name not in words}
    assert codes <= stores
    # the file writer's: of what it says itself, and of what the system answers
    said = {code.lower() for code in re.findall(r"err_set\(err, ERR_([A-Z]+)", sources("worker/write_file.c"))} - {"again"}
    assert names & words == said | {"no_space", "not_found", "io"}


def reasons_of_the_topology():
    topology = sources("worker/topology/*.c")
    return set(re.findall(rf'failed\(judgement, "({CAMEL})"', topology)) | set(re.findall(rf'reason = "({CAMEL})"', topology))


def test_the_page_has_every_reason_of_the_topology():
    assert named("conditions.md", "TopologyReachable") == reasons_of_the_topology()


def test_the_page_has_every_reason_of_a_connection():
    reasons = first_of_calls(SUBSCRIBER, "set", CAMEL) | set(re.findall(rf'\.reason = "({CAMEL})"', SUBSCRIBER))
    reasons |= set(re.findall(rf'tell\(session, true, "({CAMEL})"', SUBSCRIBER))
    assert named("conditions.md", "SubscriptionUp") == reasons
    function = re.search(r"\*subscription_state\(.*?^}", SUPERVISOR, re.MULTILINE | re.DOTALL)[0]
    for state in re.findall(r'"([a-z]+)"', function):
        assert f"`{state}`" in section_of("conditions.md", "SubscriptionUp")


def test_the_page_has_every_reason_that_the_supervisor_gives():
    applied = set(re.findall(rf'"({CAMEL})"', re.search(r'"ConfigApplied", json(.*?);', CONDITIONS, re.DOTALL)[1]))
    assert named("conditions.md", "ConfigApplied") == applied
    for reason in set(re.findall(rf'add_unknown\(list, type, "({CAMEL})"', CONDITIONS)):
        assert f"`{reason}`" in (DOCS / "conditions.md").read_text()


def test_the_page_has_every_reason_of_a_probe():
    named_here = named("conditions.md", "Reasons of a probe")
    of_analyzer = set(re.findall(rf'"({CAMEL})"', " ".join(re.findall(r"judge\(.*?;", sources("worker/analyzer_probe.c"), re.DOTALL))))
    unreachable = set(re.findall(rf'"({CAMEL})"', re.search(r"reasons\[\] = \{(.*?)\}", sources("worker/s3/answer.c"))[1]))
    of_topology = reasons_of_the_topology() - {"Answers"} | {"NotTried"}
    assert {name for name in named_here if name[0].isupper()} == of_analyzer | unreachable | of_topology | of_page()
    assert of_analyzer <= named("conditions.md", "SubscriptionUp")
    assert unreachable <= named("conditions.md", "SinkReachable")


# ---- alerts.md: its alerts are test_monitoring's ----


def test_the_page_has_every_metric_and_no_other():
    metrics = set(re.findall(r'"(sluice_[a-z_]+)"', sources("supervisor/serve/figures/metrics_text.c")))
    families = {re.sub(r"_(bucket|sum|count)$", "", name) if name.startswith("sluice_write_seconds") else name for name in metrics}
    page = (DOCS / "alerts.md").read_text()
    assert {re.sub(r"\{.*", "", name) for name in first_column(page) if name.startswith("sluice_")} == families


def test_the_page_has_every_reason_for_which_flows_are_lost():
    lost = set(re.findall(r'lost_name, [^}]*?"reason", "([a-z]+)"', sources("supervisor/serve/figures/metrics_text.c")))
    assert len(lost) == 4
    assert lost <= named("alerts.md", "Is everything written\\?")


@pytest.mark.parametrize(
    "alert, source, size",
    [
        ("SluiceWriteErrors", "common/write_figures.c", "WRITE_FAILURES"),
        ("SluiceSubscriptionGaps", "common/ring_names.c", "GAP_REASONS"),
    ],
)
def test_the_alert_has_every_code_that_it_may_be_about(alert, source, size):
    section = re.search(rf"^### {alert}\n(.*?)(?=^### |\Z)", (DOCS / "alerts.md").read_text(), re.MULTILINE | re.DOTALL)[1]
    assert first_column(section) == names_of(source, size)


# ---- all that have tables ----


@pytest.mark.parametrize("page", ["errors.md", "conditions.md", "alerts.md"])
def test_every_row_says_what_it_means_and_what_to_do(page):
    tables = re.findall(r"^\|.* do \|\n\|[-|]+\|\n((?:\|.*\n)+)", (DOCS / page).read_text(), re.MULTILINE)
    assert len(tables) > 3
    for row in "".join(tables).splitlines():
        assert all(cell.strip() for cell in row.strip("|").split("|")), row


# ---- operations.md ----


def test_the_page_says_of_every_option_when_it_takes_effect():
    rows = re.findall(r'ROW\("([a-z-]+)", \w+, \w+, (true|false)\)', sources("supervisor/serve/serve_options.c"))
    options = {name: live == "true" for name, live in rows if name != "config"}
    table = section_of("operations.md", "Changing options")
    assert first_column(table) == set(options)
    for line in table.splitlines():
        for option in first_column(line):
            assert options[option] == ("at a reload" in line), option


def anchors_of(page):
    """Of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_no_page_is_too_long_and_every_link_leads_somewhere():
    for page in PAGES:
        text = page.read_text()
        assert len(text.splitlines()) <= 400, page
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", text):
            path = page.parent / target if target else page
            assert path.exists(), f"{page}: {target}"
            assert not anchor or anchor in anchors_of(path), f"{page}: {target}#{anchor}"
