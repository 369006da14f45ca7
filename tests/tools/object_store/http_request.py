"""Reading HTTP/1.1 requests from a socket."""

import re
import urllib.parse

HEAD_MAX = 64 << 10
BODY_MAX = 1 << 30
_STEP = 256 << 10
_HEAD_STEP = 16 << 10

_REQUEST_LINE = re.compile(r"([A-Z]+) (/[!-~]*) HTTP/1\.[01]")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")


class BadRequest(Exception):
    """It cannot be understood: answered with 400, and the connection ends."""


class Gone(Exception):
    """The peer has closed the connection in the middle of something."""


class Request:
    def __init__(self, head):
        line, *lines = head.decode("latin-1").split("\r\n")
        found = _REQUEST_LINE.fullmatch(line)
        if not found:
            raise BadRequest("the request line is not HTTP/1.1")
        self.method, target = found.groups()
        self.path, _, self.query = target.partition("?")
        self.headers = [self._header(text) for text in lines]
        self.bucket, _, self.key = urllib.parse.unquote(self.path[1:], errors="surrogateescape").partition("/")
        self.length = self._length()

    def _header(self, text):
        found = _HEADER.fullmatch(text)
        if not found:
            raise BadRequest("a header line is malformed")
        return found[1].lower(), found[2]

    def get(self, name):
        """A header's value, several of one name joined; None when there is none."""
        values = [value for found, value in self.headers if found == name]
        return ",".join(values) if values else None

    def _length(self):
        """Content-Length, or None: no length and a body of unknown size."""
        if self.get("transfer-encoding") is not None:
            return None
        text = self.get("content-length")
        if text is None:
            return None if self.method == "PUT" else 0
        if not re.fullmatch(r"[0-9]{1,12}", text) or int(text) > BODY_MAX:
            raise BadRequest("Content-Length is not a number or too large")
        return int(text)

    @property
    def name(self):
        return f"{self.bucket}/{self.key}"

    @property
    def keeps_alive(self):
        return (self.get("connection") or "").lower() != "close"


class Reader:
    """The bytes of one connection, in order."""

    def __init__(self, sock):
        self._socket = sock
        self._rest = b""

    def has_rest(self):
        return bool(self._rest)

    def head(self):
        """The bytes up to an empty line; None when the peer closes before the first of them."""
        while b"\r\n\r\n" not in self._rest:
            if len(self._rest) > HEAD_MAX:
                raise BadRequest("the head is too long")
            more = self._socket.recv(_HEAD_STEP)
            if not more:
                if self._rest:
                    raise Gone
                return None
            self._rest += more
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        return head

    def body(self, into, pause=None, step=_STEP):
        """Fills `into`, at most `step` bytes at a time, with a call of pause(count) after each."""
        done = min(len(into), len(self._rest))
        into[:done] = self._rest[:done]
        self._rest = self._rest[done:]
        if pause:
            pause(done)
        while done < len(into):
            count = self._socket.recv_into(into[done : done + step])
            if count == 0:
                raise Gone
            done += count
            if pause:
                pause(count)

    def skip(self, length, scratch):
        """Reads `length` bytes and forgets them."""
        taken = min(length, len(self._rest))
        self._rest = self._rest[taken:]
        length -= taken
        while length > 0:
            count = self._socket.recv_into(scratch[: min(length, len(scratch))])
            if count == 0:
                raise Gone
            length -= count
