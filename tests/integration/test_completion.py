"""`sluiced completion`: what the shell offers is what there is."""

import re
import subprocess

import pytest
from support.installed import install


@pytest.fixture
def sluiced(build):
    """The output of a command that succeeds."""

    def run(*arguments):
        return subprocess.run([build / "bin" / "sluiced", *arguments], capture_output=True, text=True, timeout=30, check=True).stdout

    return run


@pytest.fixture
def offered(sluiced, folder):
    """What bash offers for the last of these words."""
    (folder / "script").write_text(sluiced("completion", "bash"))

    def complete(*words):
        line = " ".join(f"'{word}'" for word in words)
        ask = f'. ./script; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _sluiced; printf "%s\\n" "${{COMPREPLY[@]}}"'
        done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, timeout=30, cwd=folder, check=True)
        assert done.stderr == ""
        return done.stdout.split()

    return complete


def commands_of(sluiced):
    """Of the help page: the first words of its indented lines before the options."""
    return re.findall(r"^  ([a-z]+) ", sluiced("--help"), re.MULTILINE)


def test_every_command_is_offered(sluiced, offered):
    assert sorted(offered("sluiced", "")) == sorted([*commands_of(sluiced), "--help", "--version"])
    assert offered("sluiced", "bac") == ["backup"]


def test_every_option_that_help_names_is_offered(sluiced, offered):
    for command in commands_of(sluiced):
        if command in ("help", "version"):
            continue
        named = set(re.findall(r"(?:^  |, )(--[a-z-]+)", sluiced(command, "--help"), re.MULTILINE))
        assert {word for word in offered("sluiced", command, "") if word.startswith("--")} == named, command


def test_values_that_are_known_are_offered_and_files_are_left_to_the_shell(offered):
    assert offered("sluiced", "token", "create", "--role", "v") == ["viewer"]
    assert offered("sluiced", "token", "create", "--data-dir", "") == []
    assert offered("sluiced", "check", "x.yml") == []


def test_zsh_gets_the_same_script(sluiced):
    lines = sluiced("completion", "zsh").splitlines()

    assert lines[0] == "#compdef sluiced"
    assert lines[2:] == sluiced("completion", "bash").splitlines()


def test_shells_find_the_scripts_of_a_package_and_of_a_local_installation(build, sluiced, folder):
    for prefix, zsh in (("usr", "vendor-completions"), ("usr/local", "site-functions")):
        share = install(build, folder, f"/{prefix}") / prefix / "share"
        assert (share / "bash-completion/completions/sluiced").read_text() == sluiced("completion", "bash")
        assert (share / "zsh" / zsh / "_sluiced").read_text() == sluiced("completion", "zsh")
