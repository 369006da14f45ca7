"""Buckets and objects: files below a folder, and a log in JSON lines of what was stored and what was ever received."""

import base64
import hashlib
import json
import os
import secrets
import threading
from urllib.parse import unquote
from xml.sax.saxutils import escape

from answers import Answer, error

NAME_MAX = 255
KEPT_HEADERS = ("content-type", "content-encoding", "cache-control", "content-disposition")


class Store:
    """`folder` holds <bucket>/<key>. A store that is started again on a folder and log goes on with what they hold."""

    def __init__(self, folder, log):
        self.folder = folder
        self._lock = threading.Lock()
        self._metadata = {}  # (bucket, key) → what a HEAD answers
        self._uploads = {}  # id of an upload in parts → (bucket, key)
        self._contents = {}  # (bucket, key) → SHA-256 of every content that was ever received whole
        os.makedirs(folder, exist_ok=True)
        if os.path.exists(log):
            self._read_log(log)
        self._log = open(log, "a", encoding="utf-8")

    def _read_log(self, log):
        with open(log, encoding="utf-8") as file:
            for line in file:
                entry = json.loads(line)
                place = (entry["bucket"], entry["key"])
                if entry["event"] == "stored":
                    self._metadata[place] = entry
                elif entry["sha256"] not in self._contents.setdefault(place, []):
                    self._contents[place].append(entry["sha256"])

    def _write_log(self, **entry):
        self._log.write(json.dumps(entry) + "\n")
        self._log.flush()

    def note_content(self, bucket, key, sha256):
        """All contents that this key was ever given: more than one is a mistake of the client."""
        with self._lock:
            known = self._contents.setdefault((bucket, key), [])
            if sha256 not in known:
                known.append(sha256)
                self._write_log(event="received", bucket=bucket, key=key, sha256=sha256)
            return list(known)

    def keys_with_several_contents(self):
        with self._lock:
            return [f"{bucket}/{key}" for (bucket, key), known in self._contents.items() if len(known) > 1]

    # Buckets

    def has_bucket(self, bucket):
        return is_plain(bucket) and os.path.isdir(os.path.join(self.folder, bucket))

    def make_bucket(self, bucket):
        if not is_plain(bucket):
            return error(400, "InvalidBucketName", "The specified bucket is not valid.")
        if self.has_bucket(bucket):
            return error(409, "BucketAlreadyOwnedByYou", "The bucket exists.")
        os.mkdir(os.path.join(self.folder, bucket))
        return Answer(200, [("Location", f"/{bucket}")])

    def remove_bucket(self, bucket):
        if not self.has_bucket(bucket):
            return no_bucket()
        for path, _, files in os.walk(os.path.join(self.folder, bucket), topdown=False):
            if files:
                return error(409, "BucketNotEmpty", "The bucket you tried to delete is not empty.")
            os.rmdir(path)
        return Answer(204)

    # Objects

    def put(self, request, body, sha256):
        refused = self._check_place(request) or check_digests(request, body, sha256)
        if refused:
            return refused
        path = os.path.join(self.folder, request.bucket, request.key)
        try:
            write_file(path, body)
        except OSError as problem:
            in_the_way = isinstance(problem, (NotADirectoryError, IsADirectoryError, FileExistsError))
            return error(400 if in_the_way else 500, None, str(problem))
        headers = {name: value for name, value in request.headers if is_kept(name)}
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        entry = {"event": "stored", "bucket": request.bucket, "key": request.key, "size": len(body), "etag": etag}
        entry.update(sha256=sha256, headers=headers)
        with self._lock:
            self._metadata[request.bucket, request.key] = entry
            self._write_log(**entry)
        return Answer(200, [("ETag", etag)], stored=True)

    def get(self, request):
        """The answer to GET or HEAD of an object."""
        refused = self._check_place(request)
        if refused:
            return refused
        with self._lock:
            entry = self._metadata.get((request.bucket, request.key))
        if entry is None:
            return error(404)
        headers = [("ETag", entry["etag"]), *entry["headers"].items()]
        if request.method == "HEAD":
            return Answer(200, [*headers, ("Content-Length", entry["size"])])
        with open(os.path.join(self.folder, request.bucket, request.key), "rb") as file:
            return Answer(200, headers, file.read())

    # Uploads in parts: begun and aborted, never completed

    def begin_upload(self, request):
        refused = self._check_place(request)
        if refused:
            return refused
        upload = secrets.token_urlsafe(12) + "/+="
        with self._lock:
            self._uploads[upload] = (request.bucket, request.key)
        names = {"Bucket": request.bucket, "Key": request.key, "UploadId": upload}
        elements = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in names.items())
        body = f"<InitiateMultipartUploadResult>{elements}</InitiateMultipartUploadResult>"
        return Answer(200, [("Content-Type", "application/xml")], body.encode())

    def abort_upload(self, request):
        upload = unquote(request.query.removeprefix("uploadId="))
        with self._lock:
            known = self._uploads.pop(upload, None) == (request.bucket, request.key)
        return Answer(204) if known else error(404, "NoSuchUpload", "The specified upload does not exist.")

    def _check_place(self, request):
        if not self.has_bucket(request.bucket):
            return no_bucket()
        if not all(map(is_plain, request.key.split("/"))) or len(os.fsencode(request.key)) > 1024:
            return error(400, "InvalidURI", "Couldn't parse the specified URI.")
        return None


def no_bucket():
    return error(404, "NoSuchBucket", "The specified bucket does not exist.")


def is_plain(name):
    """Whether it may name a file or folder of ours. Names with a dot in front are ours alone."""
    return 0 < len(os.fsencode(name)) <= NAME_MAX and not name.startswith(".") and not set(name) & {"/", "\0"}


def is_kept(header):
    return header in KEPT_HEADERS or header.startswith("x-amz-meta-")


def check_digests(request, body, sha256):
    """None, or the answer to a body that is not what the request says of it."""
    said = request.get("x-amz-content-sha256")
    if said not in (None, "UNSIGNED-PAYLOAD", sha256):
        message = "The provided 'x-amz-content-sha256' header does not match what was computed."
        return error(400, "XAmzContentSHA256Mismatch", message)
    md5 = request.get("content-md5")
    if md5 is not None and md5 != base64.b64encode(hashlib.md5(body).digest()).decode():
        return error(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    return None


def write_file(path, body):
    """Whole or not at all: under a name that nobody reads, then renamed."""
    folder, name = os.path.split(path)
    os.makedirs(folder, exist_ok=True)
    hidden = os.path.join(folder, f".{threading.get_ident()}.part")
    with open(hidden, "wb") as file:
        file.write(body)
    try:
        os.rename(hidden, path)
    except OSError:
        os.unlink(hidden)
        raise
