"""A private CA and a server certificate of it, made by openssl(1)."""

import subprocess
from collections import namedtuple

Certificates = namedtuple("Certificates", "ca cert key")

NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def make_certificates(folder, name="localhost", days=3650):
    """days: of the server's; -1: it has expired."""
    folder.mkdir()
    ca_key, ca = folder / "ca.key", folder / "ca.pem"
    key, request, cert = folder / "server.key", folder / "server.csr", folder / "server.pem"
    names = folder / "names"
    names.write_text(f"subjectAltName=DNS:{name},IP:127.0.0.1\n")
    name_of_ca = f"/CN=CA of {folder.name}"
    _openssl("req", "-x509", *NEW_KEY, "-keyout", ca_key, "-out", ca, "-days", "3650", "-subj", name_of_ca)
    _openssl("req", *NEW_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
    signed_by = ["-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-extfile", names]
    _openssl("x509", "-req", "-in", request, *signed_by, "-out", cert, "-days", str(days))
    return Certificates(ca, cert, key)


def make_client_certificate(folder, name="sluice"):
    """A certificate of the CA in `folder` (made by make_certificates) for a client: (cert, key)."""
    ca, ca_key = folder / "ca.pem", folder / "ca.key"
    key, request, cert = folder / f"{name}.key", folder / f"{name}.csr", folder / f"{name}.pem"
    _openssl("req", *NEW_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
    _openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-out", cert, "-days", "3650")
    return cert, key


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
