"""A private CA and a server certificate of it, made by openssl(1)."""

import subprocess
from collections import namedtuple

Certificates = namedtuple("Certificates", "ca cert key")


def make_certificates(folder, name="localhost"):
    folder.mkdir()
    ca_key, ca = folder / "ca.key", folder / "ca.pem"
    key, request, cert = folder / "server.key", folder / "server.csr", folder / "server.pem"
    names = folder / "names"
    names.write_text(f"subjectAltName=DNS:{name},IP:127.0.0.1\n")
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    name_of_ca = f"/CN=CA of {folder.name}"
    _openssl("req", "-x509", *new_key, "-keyout", ca_key, "-out", ca, "-days", "3650", "-subj", name_of_ca)
    _openssl("req", *new_key, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
    signed_by = ["-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-extfile", names]
    _openssl("x509", "-req", "-in", request, *signed_by, "-out", cert, "-days", "3650")
    return Certificates(ca, cert, key)


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
