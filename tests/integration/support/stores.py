"""Object stores as fixtures: the misbehaving simulator (tests/tools/object_store) and a real server, versitygw."""

import gzip
import os
import pathlib
import socket
import subprocess
import sys
import uuid
from collections import namedtuple

from .objects import KEY, Object
from .s3_client import S3Client
from .simulator import Simulator
from .sluice import pipeline
from .waiting import DEADLINE_S, Folder, Lines

ROOT = pathlib.Path(__file__).resolve().parents[3]
SIMULATOR = ROOT / "tests" / "tools" / "object_store"
TOKEN_SERVICE = ROOT / "tests" / "tools" / "token_service"
VERSITYGW = ROOT / ".tools" / "bin" / "versitygw"

KEYS = ("sluice-test", "secret-of-test")
API_KEY = "my+secret/key="

# content: the bytes as stored; headers: what a GET answers, names in lower case
Stored = namedtuple("Stored", "key content headers")


class Store:
    """What every store gives: endpoint, credentials, a client, its objects, also as files below a folder."""

    def __init__(self, endpoint, access_key, secret_key, region="us-east-1", ca=None, bucket="bucket"):
        self.endpoint = endpoint
        self.access_key = access_key
        self.secret_key = secret_key
        self.region = region
        self.ca = ca
        self.bucket = bucket
        self.client = S3Client(endpoint, access_key, secret_key, region, ca)

    def section(self, **changes):
        """pipeline.write for this store; a change to None removes a field."""
        fields = {
            "endpoint": self.endpoint,
            "region": self.region,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
            "ca_file": str(self.ca) if self.ca else None,
            **changes,
        }
        return {"type": "s3", "s3": {name: value for name, value in fields.items() if value is not None}}

    def pipeline(self, analyzer, max_flows=6000, write=None, **sections):
        """A configuration that writes here, in objects of so many flows; write: changes of pipeline.write.s3."""
        config = pipeline(analyzer, "", write=self.section(**(write or {})), **sections)
        config["pipeline"]["store"]["buffered"].update(dirname=self.bucket, max_flows_per_object=max_flows)
        return config

    def make_bucket(self, bucket=None):
        self.client.make_bucket(bucket or self.bucket)

    def remove_bucket(self, bucket=None):
        self.client.remove_bucket(bucket or self.bucket)

    def keys(self):
        return self.client.keys(self.bucket)

    def stored(self):
        """All objects of the bucket, with contents and headers, sorted by key."""
        found = []
        for key in sorted(self.keys()):
            answer = self.client.get(self.bucket, key)
            found.append(Stored(key, answer.body, {name.lower(): value for name, value in answer.headers.items()}))
        return found

    def objects(self):
        """As support/objects.py has them: in the order of tag, stream and number."""
        found = []
        for item in self.stored():
            parts = KEY.match(item.key)
            assert parts, f"{item.key} is no object's name"
            content = gzip.decompress(item.content) if item.content[:2] == b"\x1f\x8b" else item.content
            key = f"{self.bucket}/{item.key}"
            found.append(Object(key, parts[1], parts[2], int(parts[3]), item.content, content.decode()))
        return sorted(found, key=lambda o: (o.tag, o.stream, o.number))

    def save(self, folder):
        """Writes the objects to <folder>/<bucket>/<key>, for what reads folders; returns the folder."""
        for item in self.stored():
            path = folder / self.bucket / item.key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(item.content)
        return folder


class ObjectStore(Simulator, Store):
    """The simulator: started as a process, told by commands, asked by its events. tokens: a TokenService, whose tokens it
    takes instead of signatures."""

    def __init__(self, folder, *options, tls=None, port=0, bucket="bucket", credentials=KEYS, tokens=None):
        credentials = None if tokens else credentials
        self.folder = folder / "objects"
        arguments = [sys.executable, str(SIMULATOR), "--port", str(port), "--log", str(folder / "objects.jsonl")]
        if "--discard" not in options:
            (self.folder / bucket).mkdir(parents=True, exist_ok=True)
            arguments += ["--folder", str(self.folder)]
        if credentials:
            arguments += ["--access-key", credentials[0], "--secret-key", credentials[1]]
        if tokens:
            arguments.append("--bearer")
        if tls:
            arguments += ["--cert", str(tls.cert), "--key", str(tls.key)]
        arguments += map(str, options)
        Simulator.__init__(self, arguments, "the object store")
        scheme, host = ("https", "localhost") if tls else ("http", "127.0.0.1")
        region = options[options.index("--region") + 1] if "--region" in options else "us-east-1"
        access_key, secret_key = credentials or ("nobody", "nothing")
        Store.__init__(self, f"{scheme}://{host}:{self.port}", access_key, secret_key, region, tls and tls.ca, bucket)
        self.tokens = tokens

    def section(self, **changes):
        keys = {"access_key": None, "secret_key": None, **self.tokens.section()} if self.tokens else {}
        return super().section(**{**keys, **changes})

    def all(self, event, **members):
        """What was answered is told of before the command that is given now."""
        if self.process.poll() is None:
            self.state()
        return super().all(event, **members)

    def keys(self):
        root = self.folder / self.bucket
        return [str(path.relative_to(root)) for path in root.rglob("[!.]*") if path.is_file()]

    def stop(self):
        """Its exit status. Mistakes of its own, and keys with two contents, fail the test."""
        if self.process.poll() is None:
            self.process.stdin.close()
        code = self.process.wait(DEADLINE_S)
        self.events.finish()
        assert not self.all("error"), self.all("error")[0]["reason"]
        return code


class TokenService(Simulator):
    """IBM's token service as a simulator (tests/tools/token_service)."""

    def __init__(self, api_key=API_KEY, life=3600, tls=None):
        arguments = [sys.executable, str(TOKEN_SERVICE), "--api-key", api_key, "--life", str(life)]
        if tls:
            arguments += ["--cert", str(tls.cert), "--key", str(tls.key)]
        super().__init__(arguments, "the token service")
        self.api_key = api_key
        self.endpoint = f"{'https://localhost' if tls else 'http://127.0.0.1'}:{self.port}/identity/token"

    def section(self):
        """Of pipeline.write.s3."""
        return {"api_key": self.api_key, "iam_endpoint": self.endpoint}

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
        return self.process.wait(DEADLINE_S)


class Versitygw(Store):
    """The real server, on loopback, with a root folder and keys of its own."""

    def __init__(self, folder, tls=None):
        if not os.access(VERSITYGW, os.X_OK):
            raise MissingStore(why_there_is_no_versitygw())
        root, metadata, users = (folder / name for name in ("root", "metadata", "users"))
        for place in (root, metadata, users):
            place.mkdir(parents=True)
        port = free_port()
        # it listens at its addresses in this order, so that a socket file says that the port is served
        arguments = [str(VERSITYGW), "--port", f"127.0.0.1:{port}", "--port", "./listening"]
        arguments += ["--keep-alive", "--iam-dir", str(users)]  # without users an unknown key would be a 404
        if tls:
            arguments += ["--cert", str(tls.cert), "--key", str(tls.key)]
        arguments += ["posix", "--sidecar", str(metadata), str(root)]
        keys = dict(zip(("ROOT_ACCESS_KEY", "ROOT_SECRET_KEY"), KEYS))
        environment = {"PATH": os.environ["PATH"], **keys}
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.process = subprocess.Popen(arguments, env=environment, cwd=folder, **pipes)
        self.lines = Lines(self.process.stdout, "versitygw")
        self._wait_until_it_listens(folder)
        endpoint = f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}"
        super().__init__(endpoint, *KEYS, ca=tls and tls.ca)
        try:
            self.make_bucket()
        except Exception:
            self.stop()
            raise

    def _wait_until_it_listens(self, folder):
        watched = Folder(folder)
        try:
            watched.wait((folder / "listening").exists, "versitygw listens")
        except AssertionError:
            self.stop()
            raise MissingStore(f"versitygw does not start; it said:\n{self.lines.text()}") from None
        finally:
            watched.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(DEADLINE_S)
        self.lines.finish()
        return code


class ForeignStore(Store):
    """Whatever SLUICE_TEST_S3_ENDPOINT and the others name. A bucket of our own, or the empty one that
    SLUICE_TEST_S3_BUCKET names."""

    def __init__(self):
        name = "SLUICE_TEST_S3_"
        given = {key[len(name) :]: value for key, value in os.environ.items() if key.startswith(name)}
        keys = given["ACCESS_KEY"], given["SECRET_KEY"]
        bucket = given.get("BUCKET") or f"sluice-test-{uuid.uuid4().hex[:12]}"
        region = given.get("REGION", "us-east-1")
        super().__init__(given["ENDPOINT"], *keys, region, given.get("CA_FILE"), bucket)
        self.owns_bucket = "BUCKET" not in given
        if self.owns_bucket:
            self.make_bucket()
        elif self.keys():
            raise MissingStore(f"the bucket {bucket} is not empty: nothing in it is touched")

    def stop(self):
        for key in self.keys():
            self.client.delete(self.bucket, key)
        if self.owns_bucket:
            self.remove_bucket()
        return 0


class MissingStore(Exception):
    """There is no real server to test with; the text says why."""


def why_there_is_no_versitygw():
    log = ROOT / ".tools" / "versitygw.log"
    said = f"; the last try said:\n{log.read_text()[-2000:]}" if log.exists() else ""
    return f"{VERSITYGW} is missing: scripts/setup builds it{said}"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def real_store(folder):
    """The server that the environment names, else versitygw."""
    return ForeignStore() if "SLUICE_TEST_S3_ENDPOINT" in os.environ else Versitygw(folder)
