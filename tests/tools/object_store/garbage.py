"""Answers that are none. Each ends when the client has enough, or at a bound that no client should reach."""

SUCCESSES = ("huge-body", "no-end")
_BLOCK = b"a" * (64 << 10)
_BLOCKS_MAX = 4096  # 256 MiB


def send(kind, connection, ended):
    if kind == "not-http":
        connection.send(b"220 mail.example ESMTP\r\n\x00\xff\x00\xff\r\n\r\n")
    elif kind == "endless-header":
        _pour(connection, b"HTTP/1.1 200 OK\r\nX-Filler: ", ended)
    elif kind == "huge-body":
        _pour(connection, b"HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n", ended)
    else:
        connection.send(b"HTTP/1.1 200 OK\r\nETag: \"0\"\r\nContent-Length: 100\r\n\r\nno more of it follows")
        connection.wait_for_end(ended)


def _pour(connection, beginning, ended):
    connection.send(beginning)
    for _ in range(_BLOCKS_MAX):
        if ended.is_set():
            return
        connection.send(_BLOCK)
