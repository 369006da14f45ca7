"""Checking AWS Signature Version 4, from its public description ("Authenticating Requests: Using the Authorization
Header"). The tests' client has a signer of its own; neither knows the other."""

import calendar
import hashlib
import hmac
import re
import time
import urllib.parse

from answers import error

SKEW_MAX_S = 15 * 60

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=([^/,]+)/(\d{8})/([^/,]*)/([^/,]*)/([^/,]*), *"
    r"SignedHeaders=([a-z0-9;.!#$%&'*+^_`|~-]+), *Signature=([0-9a-f]{64})"
)


class Credentials:
    def __init__(self, access_key, secret_key, region):
        self.access_key = access_key
        self.secret_key = secret_key
        self.region = region

    def check(self, request, now):
        return check(request, self, now)


def signed_headers(request):
    """The names that a request says it has signed."""
    found = _AUTHORIZATION.fullmatch(request.get("authorization") or "")
    return found[6].split(";") if found else []


def check(request, credentials, now):
    """None, or the answer that refuses the request. `now` is Unix time by the store's clock."""
    if request.get("authorization") is None:
        return error(403, "AccessDenied", "Anonymous access is forbidden.")
    found = _AUTHORIZATION.fullmatch(request.get("authorization"))
    if not found:
        return error(400, "AuthorizationHeaderMalformed", "The authorization header is malformed.")
    access_key, day, region, service, ending, names, signature = found.groups()
    if access_key != credentials.access_key:
        message = "The AWS Access Key Id you provided does not exist in our records."
        return error(403, "InvalidAccessKeyId", message)
    refused = _check_scope(region, service, ending, credentials) or _check_time(request, day, now)
    refused = refused or _check_signed(request, names.split(";"))
    if refused:
        return refused
    wanted = sign(request, names.split(";"), f"{day}/{region}/{service}/{ending}", credentials.secret_key)
    if not hmac.compare_digest(wanted, signature):
        message = "The request signature we calculated does not match the signature you provided."
        return error(403, "SignatureDoesNotMatch", f"{message} Check your key and signing method.")
    return None


def _check_scope(region, service, ending, credentials):
    if region != credentials.region:
        message = f"the region '{region}' is wrong; expecting '{credentials.region}'"
        return error(400, "AuthorizationHeaderMalformed", f"The authorization header is malformed; {message}")
    if (service, ending) != ("s3", "aws4_request"):
        return error(400, "AuthorizationHeaderMalformed", "The credential scope must end in s3/aws4_request.")
    return None


def _check_time(request, day, now):
    try:
        sent = calendar.timegm(time.strptime(request.get("x-amz-date") or "", "%Y%m%dT%H%M%SZ"))
    except ValueError:
        return error(403, "AccessDenied", "AWS authentication requires a valid x-amz-date header.")
    if not request.get("x-amz-date").startswith(day):
        return error(400, "AuthorizationHeaderMalformed", "The credential's date is not the request's.")
    if abs(now - sent) > SKEW_MAX_S:
        message = "The difference between the request time and the current time is too large."
        return error(403, "RequestTimeTooSkewed", message)
    return None


def _check_signed(request, names):
    """Every x-amz-* header that was sent must be signed, and host."""
    must = {name for name, _ in request.headers if name.startswith("x-amz-") or name == "host"}
    missing = sorted(must.union({"host"}) - set(names))
    if missing:
        text = ", ".join(missing)
        return error(403, "AccessDenied", f"There were headers present in the request which were not signed: {text}")
    if request.get("x-amz-content-sha256") is None:
        return error(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    return None


def sign(request, names, scope, secret_key):
    canonical = "\n".join(
        [
            request.method,
            _encode(urllib.parse.unquote_to_bytes(request.path), "/"),
            _canonical_query(request.query),
            *(f"{name}:{' '.join((request.get(name) or '').split())}" for name in names),
            "",
            ";".join(names),
            request.get("x-amz-content-sha256"),
        ]
    )
    digest = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", request.get("x-amz-date"), scope, digest])
    key = b"AWS4" + secret_key.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _canonical_query(query):
    pairs = []
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        pairs.append((_encode(urllib.parse.unquote_to_bytes(name)), _encode(urllib.parse.unquote_to_bytes(value))))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encode(data, safe=""):
    return urllib.parse.quote(data, safe=f"-_.~{safe}")
