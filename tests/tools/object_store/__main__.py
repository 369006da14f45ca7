"""object_store: an S3 server for tests that misbehaves when told to. See README.md."""

import argparse
import os
import ssl
import sys
import threading

from bearer import Tokens
from control import Control
from server import Server
from signature import Credentials
from store import Store


def options():
    parser = argparse.ArgumentParser(prog="object_store", description=__doc__)
    parser.add_argument("--folder", help="where objects are stored, <bucket>/<key>")
    parser.add_argument("--log", help="what was stored and received (default: <folder>/.object-store.jsonl)")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; default: any that is free")
    parser.add_argument("--access-key", help="with --secret-key: check signatures")
    parser.add_argument("--secret-key")
    parser.add_argument("--bearer", action="store_true", help="check tokens of tests/tools/token_service instead")
    parser.add_argument("--region", default="us-east-1", help="that signatures must name")
    parser.add_argument("--cert", help="with --key: speak TLS")
    parser.add_argument("--key")
    parser.add_argument("--discard", action="store_true", help="count bytes and store nothing, for benchmarks")
    found = parser.parse_args()
    if found.discard == bool(found.folder):
        parser.error("give either --folder or --discard")
    if bool(found.cert) != bool(found.key) or bool(found.access_key) != bool(found.secret_key):
        parser.error("--cert and --key, --access-key and --secret-key go together")
    if found.bearer and found.access_key:
        parser.error("--bearer knows no keys")
    return found


def make_server(given):
    store = credentials = tls = None
    if given.folder:
        store = Store(given.folder, given.log or os.path.join(given.folder, ".object-store.jsonl"))
    if given.access_key:
        credentials = Credentials(given.access_key, given.secret_key, given.region)
    if given.bearer:
        credentials = Tokens()
    if given.cert:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(given.cert, given.key)
    return Server(given.port, store, credentials, tls)


def main():
    server = make_server(options())
    server.report("listening", port=server.port)
    threading.Thread(target=server.accept, daemon=True).start()
    Control(server).run(sys.stdin)
    sys.stdout.flush()
    os._exit(0)  # threads in the middle of a hang are not waited for


main()
