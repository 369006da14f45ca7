"""The command line: what is wrong with it is said in one form, with the way on."""

import subprocess

import pytest


@pytest.fixture
def sluiced(build, folder):
    """Runs sluiced to its end: sluiced("check", "-", input="…") gives exit status, stdout, stderr."""

    def run(*arguments, input="", env=None, program="sluiced"):
        command = [build / "bin" / program, *map(str, arguments)]
        done = subprocess.run(command, input=input, capture_output=True, text=True, timeout=30, env=env, cwd=folder)
        return done.returncode, done.stdout, done.stderr

    return run


GOOD = "pipeline:\n  subscriber: {url: 'ws://a:1/'}\n  store: {type: direct}\n  write: {type: stdout}\n"


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["rnu"], "sluiced: there is no command rnu (did you mean run?)"),
        (["--data-dir"], "sluiced: there is no option --data-dir"),
        (["run"], "sluiced run: no configuration file given"),
        (["check"], "sluiced check: no configuration file given"),
        (["run", "--data-dri", "x"], "sluiced run: there is no option --data-dri (did you mean --data-dir?)"),
        (["run", "-x"], "sluiced run: there is no option -x"),
        (["run", "--summary"], "sluiced run: --summary needs a value"),
        (["run", "--data-dir", "", "x.yml"], "sluiced run: --data-dir: the path is empty"),
        (["run", "--log-level", "loud", "x.yml"], 'sluiced run: --log-level: "loud" is none of'),
        (["check", "--effective=yes", "x.yml"], "sluiced check: --effective takes no value"),
        (["check", "--json", "x.yml"], "sluiced check: --json says how --effective prints: give both"),
        (["schema", "x.yml"], "sluiced schema: takes no file, found x.yml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_on_the_command_line_is_named_with_where_to_read_more(sluiced, arguments, said):
    code, _, err = sluiced(*arguments)

    assert code == 2
    assert err.startswith(said)
    assert err.splitlines()[-1].startswith("Try `sluiced")


def test_a_file_without_a_command_is_answered_with_the_command(sluiced, folder):
    (folder / "mine.yml").write_text(GOOD)

    assert "sluiced run mine.yml" in sluiced("mine.yml")[2]


def test_help_and_version_are_commands_and_options(sluiced):
    version = sluiced("--version")
    assert version == sluiced("-V") == sluiced("version")
    assert sluiced("help") == sluiced("--help") == sluiced("-h")
    for command in ("run", "check", "schema"):
        helped = sluiced("help", command)
        assert helped == sluiced(command, "--help") == sluiced(command, "-h")
        assert helped[0] == 0 and helped[1].startswith(f"Usage: sluiced {command} [OPTION…]")


def test_check_reads_standard_input(sluiced):
    assert sluiced("check", "-", input=GOOD) == (0, "", "")

    code, _, err = sluiced("check", "-", input=GOOD.replace("direct", "drect"))

    assert code == 2
    assert err.startswith("-:3:17: pipeline.store.type: ")


def test_a_secret_that_is_missing_here_is_a_warning_of_check_and_an_error_of_run(sluiced, folder):
    file = folder / "secret.yml"
    for secret, said in (("${env:SLUICE_NO_SUCH}", "is not set"), ("${file:/no/such}", "No such file")):
        file.write_text("analyzer: {auth: {cluster: {username: u, password: '" + secret + "'}}}\n" + GOOD)

        code, _, err = sluiced("check", file)
        assert code == 0
        assert "warning: analyzer.auth.cluster.password: on this machine" in err and said in err

        code, _, err = sluiced("run", file)
        assert code == 2
        assert "warning" not in err and said in err


@pytest.mark.parametrize("child", ["sluice-worker", "sluice-subscriber"])
def test_a_child_that_is_started_by_hand_says_who_starts_it(sluiced, child):
    code, _, err = sluiced(program=child)

    assert code != 0
    assert err.startswith(f"{child}: sluiced starts it")


def test_a_variable_that_overrides_nothing_is_named_once(sluiced, folder):
    (folder / "one.yml").write_text(GOOD)
    (folder / "two.yml").write_text(GOOD)
    env = {"SKYDIVE_PIPELINE_SUBSCRIBER_ULR": "x", "SKYDIVE_LOGGING_LEVEL": "x", "SKYDIVE_HOST": ""}

    code, _, err = sluiced("check", "one.yml", "two.yml", env=env)

    assert code == 0
    assert err == (
        "environment: warning: SKYDIVE_PIPELINE_SUBSCRIBER_ULR: overrides no field"
        " (did you mean SKYDIVE_PIPELINE_SUBSCRIBER_URL?)\n"
    )


@pytest.mark.parametrize(
    "write", ["write: {type: file, file: {root: %s}}", "write: {type: s3, s3: {endpoint: 'http://a:1', access_key: x, secret_key: x}}"]
)
def test_files_that_write_to_one_place_are_named(sluiced, folder, write):
    store = "store: {type: direct, buffered: {dirname: %s, filename_prefix: %s}}"
    for name, root, dirname, prefix in (
        ("one", "stored", "bucket", "a/b"),
        ("two", "./stored/", "bucket", "a//b/"),
        ("three", "stored", "bucket", "a"),
    ):
        text = GOOD.replace("store: {type: direct}", store % (dirname, prefix))
        (folder / f"{name}.yml").write_text(text.replace("write: {type: stdout}", write.replace("%s", root)))

    _, _, err = sluiced("check", "one.yml", "two.yml", "three.yml")

    warnings = [line for line in err.splitlines() if "same place" in line]
    assert len(warnings) == 1
    assert warnings[0].startswith("two.yml:3:") and "one.yml writes to the same place" in warnings[0]


def test_one_place_is_where_all_keys_begin(sluiced, folder):
    """What key_template says counts, and filename_prefix where it is part of that."""
    store = "store: {type: direct, buffered: {dirname: bucket, filename_prefix: %s, key_template: '%s'}}"
    for name, prefix, template in (
        ("one", "a", "all/{tag}/{stream}/{seq}"),
        ("two", "b", "all/{tag}-{stream}-{seq}"),
        ("three", "b", "{prefix}/three/{tag}/{stream}/{seq}"),
        ("four", "b", "{prefix}/four/{tag}/{stream}/{seq}"),
    ):
        text = GOOD.replace("store: {type: direct}", store % (prefix, template))
        (folder / f"{name}.yml").write_text(text.replace("{type: stdout}", "{type: file, file: {root: stored}}"))

    _, _, err = sluiced("check", "one.yml", "two.yml", "three.yml", "four.yml")

    warnings = [line for line in err.splitlines() if "same place" in line]
    assert len(warnings) == 1 and warnings[0].startswith("two.yml:3:") and "one.yml writes" in warnings[0]
