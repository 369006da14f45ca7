"""A small S3 client of the tests' own: signs with AWS Signature Version 4, path style, one request a connection."""

import datetime
import hashlib
import hmac
import http.client
import ssl
import urllib.parse
import xml.etree.ElementTree
from collections import namedtuple

Answer = namedtuple("Answer", "status headers body")


class S3Error(AssertionError):
    """An answer that is not 2xx, with the server's own code."""

    def __init__(self, answer, what):
        self.status = answer.status
        self.code = text_of(answer.body, "Code")
        super().__init__(f"{what}: {answer.status} {self.code} {answer.body[:500]!r}")


class S3Client:
    def __init__(self, endpoint, access_key, secret_key, region="us-east-1", ca=None):
        self.url = urllib.parse.urlsplit(endpoint)
        self.access_key = access_key
        self.secret_key = secret_key
        self.region = region
        self.ca = ca

    def _connect(self):
        port = self.url.port or (443 if self.url.scheme == "https" else 80)
        if self.url.scheme == "https":
            context = ssl.create_default_context(cafile=self.ca)
            return http.client.HTTPSConnection(self.url.hostname, port, timeout=30, context=context)
        return http.client.HTTPConnection(self.url.hostname, port, timeout=30)

    def request(self, method, path, query=(), body=b"", headers=(), now=None):
        """The answer, whatever it says. path: not yet encoded, with the bucket."""
        path = urllib.parse.quote(path, safe="/-_.~")
        query = sorted((encode(name), encode(value)) for name, value in dict(query).items())
        query = "&".join(f"{name}={value}" for name, value in query)
        headers = {"host": self.url.netloc, **{name.lower(): value for name, value in dict(headers).items()}}
        headers.setdefault("x-amz-content-sha256", hashlib.sha256(body).hexdigest())
        now = now or datetime.datetime.now(datetime.timezone.utc)
        headers["x-amz-date"] = now.strftime("%Y%m%dT%H%M%SZ")
        headers["authorization"] = self.authorization(method, path, query, headers)
        connection = self._connect()
        try:
            connection.request(method, path + (f"?{query}" if query else ""), body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def authorization(self, method, path, query, headers):
        """The header's value; path and query are encoded, headers' names in lower case."""
        names = sorted(headers)
        lines = [method, path, query, *(f"{name}:{' '.join(headers[name].split())}" for name in names)]
        canonical = "\n".join([*lines, "", ";".join(names), headers["x-amz-content-sha256"]])
        date = headers["x-amz-date"]
        scope = f"{date[:8]}/{self.region}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret_key).encode()
        for part in (*scope.split("/"), text):
            key = hmac.digest(key, part.encode(), "sha256")
        who = f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}"
        return f"{who},SignedHeaders={';'.join(names)},Signature={key.hex()}"

    def ask(self, method, path, **options):
        """The answer, which must be 2xx."""
        answer = self.request(method, path, **options)
        if answer.status // 100 != 2:
            raise S3Error(answer, f"{method} {path}")
        return answer

    # What tests do with buckets and objects

    def make_bucket(self, bucket):
        self.ask("PUT", f"/{bucket}")

    def remove_bucket(self, bucket):
        self.ask("DELETE", f"/{bucket}")

    def put(self, bucket, key, body, headers=()):
        return self.ask("PUT", f"/{bucket}/{key}", body=body, headers=headers)

    def get(self, bucket, key):
        return self.ask("GET", f"/{bucket}/{key}")

    def delete(self, bucket, key):
        self.ask("DELETE", f"/{bucket}/{key}")

    def keys(self, bucket, prefix=""):
        """All keys, page after page (ListObjectsV2)."""
        found, token = [], None
        while True:
            query = {"list-type": "2", "prefix": prefix, **({"continuation-token": token} if token else {})}
            body = self.ask("GET", f"/{bucket}", query=query).body
            root = xml.etree.ElementTree.fromstring(body)
            found += [key.text for key in root.iterfind("{*}Contents/{*}Key")]
            token = root.findtext("{*}NextContinuationToken")
            if not token:
                return found


def encode(text):
    return urllib.parse.quote(text, safe="-_.~")


def text_of(body, name):
    """The text of the XML element of this name, or None."""
    try:
        return xml.etree.ElementTree.fromstring(body).findtext(f"{{*}}{name}")
    except xml.etree.ElementTree.ParseError:
        return None
