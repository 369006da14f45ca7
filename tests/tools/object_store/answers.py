"""Answers of an S3 server: statuses, headers, XML of an error."""

import email.utils
import http.client
from xml.sax.saxutils import escape

# what a store says when nothing else was ordered: code and message of its error body
ERRORS = {
    301: ("PermanentRedirect", "The bucket must be addressed using the specified endpoint."),
    307: ("TemporaryRedirect", "Please re-send this request to the specified temporary endpoint."),
    400: ("InvalidRequest", "The request is not valid."),
    403: ("AccessDenied", "Access Denied"),
    404: ("NoSuchKey", "The specified key does not exist."),
    405: ("MethodNotAllowed", "The specified method is not allowed against this resource."),
    409: ("OperationAborted", "A conflicting operation is in progress."),
    411: ("MissingContentLength", "You must provide the Content-Length HTTP header."),
    429: ("TooManyRequests", "Too many requests."),
    500: ("InternalError", "We encountered an internal error. Please try again."),
    501: ("NotImplemented", "A header you provided implies functionality that is not implemented."),
    503: ("ServiceUnavailable", "The service is not available, reduce your request rate."),
}


class Answer:
    def __init__(self, status, headers=(), body=b"", stored=False, close=False):
        self.status = status
        self.headers = list(headers)
        self.body = body
        self.stored = stored  # whether the request has left an object behind
        self.close = close  # whether the connection ends after it


def error(status, code=None, message=None, headers=(), close=False):
    usual_code, usual_message = ERRORS.get(status, ("Error", "An error."))
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{escape(code or usual_code)}</Code><Message>{escape(message or usual_message)}</Message></Error>"
    )
    return Answer(status, [("Content-Type", "application/xml"), *headers], text.encode(), close=close)


def encode(answer, method, number, clock):
    """The bytes of an answer. That of a HEAD has the length of a body and none. clock: the store's, Unix time."""
    reason = http.client.responses.get(answer.status, "Unknown")
    lines = [f"HTTP/1.1 {answer.status} {reason}", "Server: object-store", f"x-amz-request-id: {number:016X}"]
    lines.append(f"Date: {email.utils.formatdate(clock, usegmt=True)}")
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if not any(name.lower() == "content-length" for name, _ in answer.headers):
        lines.append(f"Content-Length: {len(answer.body)}")
    if answer.close:
        lines.append("Connection: close")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
    return head if method == "HEAD" else head + answer.body
