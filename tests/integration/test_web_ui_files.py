"""The files of the web UI as `sluiced serve` gives them out, against what the build made of webui/; and the tool between the two."""

import gzip
import http.client
import re
import ssl
import subprocess
from collections import namedtuple

import pytest
from support.serve import UnixConnection
from support.waiting import DEADLINE_S

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
OF_ALL = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "vary": "Accept-Encoding",
}
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
Answer = namedtuple("Answer", "status headers body")


def ask(connection, target, method="GET", **headers):
    """One request without a token; headers: if_none_match="…". Names of the answer's headers are in lower case."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in sent.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


@pytest.fixture
def web(serve_real):
    """Asks a `sluiced serve`: web("/") → its answer."""
    connection = http.client.HTTPConnection(serve_real().address, timeout=DEADLINE_S)
    yield lambda target, *words, **headers: ask(connection, target, *words, **headers)
    connection.close()


@pytest.fixture(scope="module")
def built(build):
    """What the build made: target → bytes."""
    folder = build / "api" / "webui"
    files = {f"/assets/{path.name}": path.read_bytes() for path in (folder / "assets").iterdir()}
    return {"/": (folder / "index.html").read_bytes(), **files}


@pytest.fixture
def script(built):
    """A file that is smaller when it is compressed."""
    return max((target for target in built if target.endswith(".js")), key=lambda target: len(built[target]))


def test_every_file_comes_as_it_was_built_and_a_browser_keeps_it_as_long_as_it_may(web, built):
    assert {target.rsplit(".", 1)[-1] for target in built if target != "/"} >= {"js", "css"}
    for target, content in built.items():
        answer = web(target)
        assert (answer.status, answer.body) == (200, content), target
        assert OF_ALL.items() <= answer.headers.items(), target
        assert answer.headers["content-type"] == TYPES[".html" if target == "/" else target[target.rindex(".") :]]
        kept = "no-cache" if target == "/" else "public, max-age=31536000, immutable"
        assert answer.headers["cache-control"] == kept
        assert re.fullmatch(r'"[0-9a-f]{16}"', answer.headers["etag"])
        assert not {"content-encoding", "set-cookie"} & answer.headers.keys()


def test_the_page_names_files_that_there_are(web, built):
    named = set(re.findall(r'(?:src|href)="(/[^"]*)"', built["/"].decode()))
    assert any(name.endswith(".js") for name in named) and any(name.endswith(".css") for name in named)
    for name in named:
        assert web(name).status == 200, name


def test_compressed_files_are_the_same_files(web, built, script):
    smaller = 0
    for target, content in built.items():
        answer = web(target, accept_encoding="br;q=1.0, gzip;q=0.8, *;q=0")
        assert answer.status == 200
        compressed = answer.headers.get("content-encoding") == "gzip"
        assert (gzip.decompress(answer.body) if compressed else answer.body) == content
        assert len(answer.body) < len(content) or not compressed
        # two forms of a file are two things to a cache
        assert (answer.headers["etag"] != web(target).headers["etag"]) == compressed
        assert OF_ALL.items() <= answer.headers.items()
        smaller += compressed
    assert smaller > 0
    for refused in ("gzip;q=0", "gzip;q=0.000, *", "identity", "br"):
        answer = web(script, accept_encoding=refused)
        assert (answer.headers.get("content-encoding"), answer.body) == (None, built[script]), refused


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_what_a_cache_has_is_not_sent_again(web, built, script, encoding):
    for target in ("/", script):
        first = web(target, accept_encoding=encoding)
        etag = first.headers["etag"]
        for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = web(target, accept_encoding=encoding, if_none_match=known)
            assert (again.status, again.body) == (304, b""), known
            for name in ("etag", "cache-control", "vary", "content-security-policy", "content-length"):
                assert again.headers[name] == first.headers[name], name
        other = {"identity": "gzip", "gzip": "identity"}[encoding]
        for unknown in ('"other"', etag.strip('"'), web(target, accept_encoding=other).headers["etag"]):
            if unknown != etag:
                assert web(target, accept_encoding=encoding, if_none_match=unknown).body == first.body


def test_head_has_the_headers_of_get_and_no_body(web, script):
    for target in ("/", script):
        for encoding in ("identity", "gzip"):
            got, head = (web(target, method, accept_encoding=encoding) for method in ("GET", "HEAD"))
            assert (head.status, head.body) == (200, b"")
            for headers in (got.headers, head.headers):
                del headers["x-request-id"], headers["date"]
            assert head.headers == got.headers


def test_a_query_changes_nothing(web, built, script):
    assert web("/?anything=%zz&limit=0").body == built["/"]
    assert web(f"{script}?v=1").body == built[script]


def test_a_file_is_got_with_and_without_a_token_whatever_it_is(web, built):
    for sent in ({"authorization": "Bearer slc_nobodys"}, {"cookie": "sluice_session=ended"}, {"origin": "http://evil.example"}):
        assert web("/", **sent).body == built["/"], sent


MISSING = [
    "/assets/nothing.js",
    "/assets/",
    "/assets",
    "/assets/../assets",
    "/assets/%2e%2e%2fopenapi.yaml",
    "/assets/..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/assets/..",
    "/assets/.",
    "/..",
    "//",
    "/index.html",
    "/assets/index.html",
    "/favicon.ico",
    "/ui",
]


@pytest.mark.parametrize("target", MISSING)
def test_what_is_no_file_is_a_problem_as_everywhere(web, target):
    answer = web(target, accept="text/html", accept_encoding="gzip")
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert b'"code":"not_found"' in answer.body


def test_an_escaped_slash_makes_no_path(web, script):
    name = script.rpartition("/")[2]
    for target in (f"/assets%2F{name}", f"/assets/%2F{name}", f"/assets//{name}", f"/assets/x%2F..%2F{name}", f"/assets/{name}%00"):
        assert web(target).status == 404, target
    assert web("/assets/%zz").status == 400
    # an escaped letter is that letter
    assert web(f"/assets/%{ord(name[0]):02x}{name[1:]}").status == 200


def test_files_are_only_read(web, script):
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        for target in ("/", script):
            answer = web(target, method)
            assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD"), method


def test_answers_of_the_api_are_kept_by_nobody_and_are_no_pages(serve_real):
    reply = serve_real().api.get("/v1/session", headers={"If-None-Match": "*", "Accept-Encoding": "gzip"})
    assert reply.status == 200
    assert reply.headers["cache-control"] == "no-store"
    assert not {"content-security-policy", "content-encoding", "etag"} & reply.headers.keys()


def test_the_ui_is_there_under_tls_and_at_the_unix_socket(serve_real, certificates, built, script):
    serve = serve_real("--tls-cert", certificates.cert, "--tls-key", certificates.key)
    trusting = ssl.create_default_context(cafile=certificates.ca)
    over_tls = http.client.HTTPSConnection(serve.address, timeout=DEADLINE_S, context=trusting)
    for connection in (over_tls, UnixConnection(serve.socket, DEADLINE_S)):
        for target in ("/", script):
            assert ask(connection, target).body == built[target]
            assert gzip.decompress(ask(connection, target, accept_encoding="gzip").body) == built[target]
        connection.close()


# ---- the tool that makes a C file of them ----


@pytest.fixture
def embed(build, folder):
    """Runs it on files: embed({"index.html": "…"}) → its exit status, what it said, the C file's text."""

    def run(files, out="files.c"):
        root = folder / "built"
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        command = [build / "api" / "webui-files", root, folder / out]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr, (folder / out).read_text() if (folder / out).exists() else None

    return run


SMALL = {"index.html": "<!doctype html>", "assets/b.js": "let b = 1;", "assets/a.css": "body { margin: 0 }"}


def test_the_same_files_make_the_same_text(embed):
    status, said, text = embed(SMALL)
    assert (status, said) == (0, "")
    assert text.index('"a.css"') < text.index('"b.js"')
    assert embed(SMALL, "again.c")[2] == text


@pytest.mark.parametrize(
    "more, said",
    [
        ({"robots.txt": "x"}, "robots.txt: nobody could get it: it is neither index.html nor in assets/"),
        ({"assets/b.js.map": "x"}, "b.js.map: nobody could get it: its name must end with .html, .js, .css or .svg"),
        ({"assets/a b.js": "x"}, "a b.js: nobody could get it: a name has letters, digits and . _ -"),
        ({"assets/c.js": ""}, "c.js: it is empty"),
        ({"assets/more/c.js": "x"}, "more: nobody could get it"),
    ],
)
def test_what_nobody_could_get_is_refused_at_the_build(embed, more, said):
    status, complaint, text = embed({**SMALL, **more})
    assert (status, text) == (1, None)
    assert said in complaint


def test_a_folder_without_a_page_or_assets_is_refused(embed):
    status, said, text = embed({"assets/b.js": "x"})
    assert (status, text) == (1, None) and "index.html: No such file" in said


def test_a_folder_that_is_not_there_is_refused(embed):
    status, said, text = embed({})
    assert (status, text) == (1, None) and "No such file" in said
