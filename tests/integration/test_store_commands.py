"""Commands that work on a data folder: token create, backup, rekey; and status where nobody listens."""

import shutil
import stat
import subprocess
import time

import pytest


@pytest.fixture
def program(build, folder):
    """Runs an executable to its end: program("sluiced", "backup", …) gives its CompletedProcess."""

    def run(name, *arguments, **options):
        command = [build / "bin" / name, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=folder, check=False, **options)

    return run


@pytest.fixture
def sluiced(program):
    return lambda *arguments, **options: program("sluiced", *arguments, **options)


@pytest.fixture
def tool(program):
    """What stands in a data folder: tool("secret", data) gives the line that is printed."""

    def run(*arguments):
        done = program("store-test-tool", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture
def data(folder, tool):
    """A data folder with a tenant acme and a pipeline that has a secret."""
    path = folder / "data"
    tool("make", path)
    return path


@pytest.fixture
def held(build, data):
    """The data folder while a process has it, as a supervisor would: (folder, its pid)."""
    command = [build / "bin" / "store-test-tool", "hold", data]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "open\n"
        yield data, holder.pid
        holder.stdin.close()
        holder.wait(60)


def test_a_token_is_printed_alone_and_holds(sluiced, tool, data):
    done = sluiced("token", "create", "--role", "admin", "--data-dir", data)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("slc_") and done.stdout.count("\n") == 1
    assert tool("token", data, done.stdout.strip()) == "admin - 0 local"


def test_a_token_can_be_made_while_a_supervisor_runs(sluiced, tool, held):
    folder, _ = held

    done = sluiced("token", "create", "--role", "viewer", "--tenant", "acme", "--data-dir", folder)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("slc_")


def test_a_token_has_the_tenant_and_the_end_that_were_asked_for(sluiced, tool, data):
    done = sluiced("token", "create", "--role", "operator", "--tenant", "acme", "--expires", "12h", "--data-dir", data)

    role, tenant, expires_ms, _ = tool("token", data, done.stdout.strip()).split()
    assert (role, tenant) == ("operator", "acme")
    assert abs(int(expires_ms) / 1000 - (time.time() + 12 * 3600)) < 60


@pytest.mark.parametrize(
    "options, code, said",
    [
        ([], 2, "no role given"),
        (["--role", "viewer"], 2, "give --tenant"),
        (["--role", "admin", "--tenant", "acme"], 2, "an admin token is of no tenant"),
        (["--role", "admin", "--expires", "2001-01-01T00:00:00Z"], 2, "is past"),
        (["--role", "viewer", "--tenant", "nobody"], 1, "there is no tenant nobody"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_token_that_cannot_be_made_is_refused_with_the_reason(sluiced, data, options, code, said):
    done = sluiced("token", "create", *options, "--data-dir", data)

    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


@pytest.mark.parametrize("command", [["token", "create", "--role", "admin"], ["backup", "copy.db"], ["rekey"]])
def test_a_data_folder_that_is_not_there_is_not_made(sluiced, folder, command):
    done = sluiced(*command, "--data-dir", "nowhere")

    assert done.returncode == 1
    assert "nowhere" in done.stderr
    assert not (folder / "nowhere").exists() and not (folder / "copy.db").exists()


def test_a_backup_with_the_key_is_the_whole_store(sluiced, tool, held, folder):
    data, _ = held

    done = sluiced("backup", "copy.db", "--data-dir", data)

    assert (done.returncode, done.stdout) == (0, "")
    assert "master.key" in done.stderr
    assert stat.S_IMODE((folder / "copy.db").stat().st_mode) == 0o600
    restored = folder / "restored"
    restored.mkdir(mode=0o700)
    shutil.copy(folder / "copy.db", restored / "sluice.db")
    shutil.copy(data / "master.key", restored / "master.key")
    assert tool("secret", restored) == "tiger"


def test_a_backup_does_not_replace_a_file(sluiced, data, folder):
    (folder / "mine").write_text("mine")

    done = sluiced("backup", "mine", "--data-dir", data)

    assert done.returncode == 1
    assert "mine is there already" in done.stderr
    assert (folder / "mine").read_text() == "mine"


def test_a_new_key_replaces_the_old_one_and_secrets_stay(sluiced, tool, data):
    before = (data / "master.key").read_bytes()

    done = sluiced("rekey", "--data-dir", data)

    assert (done.returncode, done.stdout) == (0, "")
    assert (data / "master.key").read_bytes() != before
    assert stat.S_IMODE((data / "master.key").stat().st_mode) == 0o600
    assert tool("secret", data) == "tiger"


def test_no_new_key_is_made_while_a_supervisor_runs(sluiced, held):
    data, pid = held
    before = (data / "master.key").read_bytes()

    done = sluiced("rekey", "--data-dir", data)

    assert done.returncode == 1
    assert str(pid) in done.stderr and "stop that one first" in done.stderr
    assert (data / "master.key").read_bytes() == before


def test_status_says_where_nobody_listens(sluiced, folder):
    by_folder = sluiced("status", "--data-dir", "data")
    by_socket = sluiced("status", "--socket", "x.sock")

    assert (by_folder.returncode, by_socket.returncode) == (1, 1)
    assert "no supervisor listens at data/sluiced.sock" in by_folder.stderr
    assert "no supervisor listens at x.sock" in by_socket.stderr


@pytest.mark.parametrize("command", ["token", "backup", "rekey", "status"])
def test_each_command_explains_itself(sluiced, command):
    done = sluiced(command, "--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: sluiced {command}")
    assert max(map(len, done.stdout.splitlines())) <= 130
