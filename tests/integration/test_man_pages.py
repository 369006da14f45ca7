"""The man pages: what --help says, and nothing else; without a word from those who format them."""

import re
import subprocess

import pytest
from support.installed import installed  # noqa: F401

MEANT_FOR_ALL = {"run", "check", "schema", "completion"}


@pytest.fixture
def help_of(build):
    def run(*command):
        return subprocess.run([build / "bin/sluiced", *command, "--help"], capture_output=True, text=True, check=True).stdout

    return run


@pytest.fixture
def commands(help_of):
    named = re.findall(r"^  ([a-z]+) ", help_of(), re.MULTILINE)
    return [name for name in named if name not in ("help", "version")]


@pytest.fixture
def pages(installed):
    """Path by name and section: ("sluiced-run", "1")."""
    found = (installed / "usr/share/man").glob("man?/*.gz")
    return {(path.name.split(".")[0], path.name.split(".")[1]): path for path in found}


def shown(page):
    """As somebody reads it, without what makes it bold."""
    done = subprocess.run(["mandoc", "-Tutf8", "-Owidth=200", page], capture_output=True, text=True, check=True)
    return re.sub(".\b", "", done.stdout)


def options_of(text):
    return set(re.findall(r"(?<![\w-])--?[a-zA-Z][a-z-]*", text))


def section(text, name):
    found = re.search(rf"^{name}\n(.*?)(?=^\S)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def test_every_command_has_a_page_in_its_section(commands, pages):
    expected = {(f"sluiced-{name}", "1" if name in MEANT_FOR_ALL else "8") for name in commands}
    assert set(pages) == {*expected, ("sluiced", "8")}


def test_a_page_has_the_options_of_help_and_no_others(commands, pages, help_of):
    all_options = set()
    for (name, _), page in pages.items():
        command = name.split("-")[1:]
        helped = set()
        for line in help_of(*command).splitlines():
            if line.startswith("  -"):
                helped |= options_of(re.match(r"  (-[a-zA-Z-]+( [A-Z][A-Z:]*)?(, )?)+", line)[0])
        assert helped
        listed = re.findall(r"^ {7}(-.*)$", section(shown(page), "OPTIONS"), re.MULTILINE)
        assert options_of("\n".join(re.split(" {3,}", line)[0] for line in listed)) == helped, name
        all_options |= helped
    for page in pages.values():
        assert {word for word in options_of(shown(page)) if word.startswith("--")} <= all_options, page


def test_a_page_says_what_help_says(commands, pages, help_of):
    for (name, _), page in pages.items():
        words = re.findall(r"[a-zA-Z_:/$()]{3,}", re.sub(r"Usage|Exit status|Commands:", "", help_of(*name.split("-")[1:])))
        on_page = shown(page)
        assert not [word for word in words if word not in on_page and word.capitalize() not in on_page], name


def test_the_first_page_names_every_command_and_every_other_page(pages, commands):
    text = shown(pages["sluiced", "8"])
    named = re.findall(r"^ {7}([a-z]+)", section(text, "COMMANDS"), re.MULTILINE)
    assert named == [*commands, "help", "version"]
    others = {f"{name}({number})" for name, number in pages} - {"sluiced(8)"}
    assert set(re.findall(r"sluiced-[a-z]+\(\d\)", section(text, "SEE ALSO"))) == others


def test_no_page_has_a_mistake(pages):
    for page in pages.values():
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True)
        assert (done.returncode, done.stdout + done.stderr) == (0, ""), page
