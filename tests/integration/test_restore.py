"""Backup and restore as docs/operations.md has them, with the master key and without it."""

import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from support.sluice import changed, pipeline

ONE = "/v1/tenants/acme/pipelines/one"
PASSWORD = "of the analyzer"
GIVE_UP = "DELETE FROM master_key"


@pytest.fixture
def backup(build, serve_real, analyzers, folder):
    """A supervisor with a tenant, its token and a pipeline with a secret; a backup and the key beside it: folder, token.
    It is gone, and so is its data folder."""
    analyzer = analyzers("--start", "command", "--username", "me", "--password", PASSWORD)
    serve = serve_real()
    tenant = serve.tenant("acme")
    secret = {"auth": {"cluster": {"username": "me", "password": PASSWORD}}}
    tenant.put(ONE, {**pipeline(analyzer, "one"), "analyzer": secret}, wait="10s").expect(201)
    kept = folder / "kept"
    kept.mkdir()
    command = [build / "bin/sluiced", "backup", "--data-dir", serve.data_dir, kept / "backup.db"]
    subprocess.run(command, check=True, timeout=30, capture_output=True)
    for name in ("master.key", "admin.token"):
        shutil.copy(serve.data_dir / name, kept)
    serve.stop_clean()
    shutil.rmtree(serve.data_dir)
    return kept, tenant.token


@pytest.fixture
def restored(folder, backup):
    """A data folder with the backup in it."""
    path = folder / "restored"
    path.mkdir(mode=0o700)
    shutil.copy(backup[0] / "backup.db", path / "sluice.db")
    (path / "sluice.db").chmod(0o600)
    # no part of it, but the one that the fixture asks with goes on to hold
    shutil.copy(backup[0] / "admin.token", path)
    return path


def test_a_backup_and_its_key_bring_everything_back(serve_real, backup, restored):
    kept, token = backup
    shutil.copy(kept / "master.key", restored)
    (restored / "master.key").chmod(0o600)
    serve = serve_real(data_dir=restored)
    api = serve.api.with_token(token)
    assert api.until_state(ONE, "running")["conditions"]
    assert api.get(ONE).expect(200)["revision"] == 1


def test_without_its_key_a_backup_is_refused_until_that_is_given_up_and_secrets_are_written_anew(
    build, serve_real, backup, restored
):
    _, token = backup
    command = [build / "bin/sluiced", "serve", "--data-dir", restored, "--listen", "127.0.0.1:0"]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert refused.returncode == 1
    assert "master.key is gone, and without it the stored secrets cannot be read" in refused.stderr

    database = sqlite3.connect(restored / "sluice.db")
    database.execute(GIVE_UP)
    database.commit()
    database.close()
    api = serve_real(data_dir=restored).api.with_token(token)
    status = api.get(f"{ONE}/status").expect(200)
    assert (status["state"], status["last_error"]["code"]) == ("failed", "config.unusable")
    assert "cannot be decrypted" in status["last_error"]["message"]
    config = api.get(ONE).expect(200)["config"]
    # what is shown of a secret keeps it, and there is nothing to keep
    assert api.put(ONE, config).expect(422)["code"] == "secret.missing"
    api.put(ONE, changed(config, "analyzer.auth.cluster.password", PASSWORD), wait="10s").expect(200)
    assert api.get(f"{ONE}/status").expect(200)["state"] == "running"


def test_the_page_has_the_statement_that_gives_the_key_up():
    page = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text()
    assert f'sqlite3 sluice.db "{GIVE_UP}"' in page
