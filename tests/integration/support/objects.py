"""Stored objects: files below a folder, decompressed by Python's own gzip, their records."""

import gzip
import json
import re
from collections import namedtuple

# key: below the folder; stored: bytes on disk; content: decompressed text
Object = namedtuple("Object", "key tag stream number stored content")

KEY = re.compile(r"(?:.*/)?(internal|ingress|egress|other)/(\d{8}T\d{6}Z)/(\d{8})\.([a-z.]+)$")


def read_objects(folder):
    """All objects below folder, in the order of tag, stream and number. Temporary files are not objects."""
    found = []
    for path in folder.rglob("*"):
        if not path.is_file() or path.name.startswith("."):
            continue
        key = str(path.relative_to(folder))
        parts = KEY.match(key)
        assert parts, f"{key} is no object's name"
        stored = path.read_bytes()
        content = gzip.decompress(stored) if stored[:2] == b"\x1f\x8b" else stored
        found.append(Object(key, parts[1], parts[2], int(parts[3]), stored, content.decode()))
    return sorted(found, key=lambda o: (o.tag, o.stream, o.number))


def records_of(content):
    """The records of one object's content, parsed."""
    value = json.loads(content)
    return value["data"] if isinstance(value, dict) else value


def split_records(content):
    """The records' own text: what stands between the commas of the array, byte for byte."""
    decoder = json.JSONDecoder()
    at = skip_space(content, content.index("[") + 1)
    texts = []
    while content[at] != "]":
        _, end = decoder.raw_decode(content, at)
        texts.append(content[at:end])
        at = skip_space(content, end)
        if content[at] == ",":
            at = skip_space(content, at + 1)
    return texts


def skip_space(text, at):
    while text[at] in "\t\n ":
        at += 1
    return at


def records_by_tag(objects):
    """Tag → records of all its objects, in order."""
    found = {}
    for stored in objects:
        found.setdefault(stored.tag, []).extend(records_of(stored.content))
    return found


def texts_by_tag(objects):
    found = {}
    for stored in objects:
        found.setdefault(stored.tag, []).extend(split_records(stored.content))
    return found


def check_numbers(objects):
    """Each stream's numbers begin at 0 and have no hole."""
    streams = {}
    for stored in objects:
        streams.setdefault((stored.tag, stored.stream), []).append(stored.number)
    for stream, numbers in streams.items():
        assert numbers == list(range(len(numbers))), f"{stream}: {numbers}"


def printed_objects(text):
    """What the stdout writer printed: (header, content) of each object."""
    parts = re.split(r"^--- (.*) ---\n", text, flags=re.MULTILINE)
    assert parts[0] == "", parts[0][:200]
    return list(zip(parts[1::2], parts[2::2]))


def assert_same(found, wanted):
    """Compares tag → texts, and shows the first difference instead of megabytes."""
    counts = {tag: len(texts) for tag, texts in found.items()}, {tag: len(texts) for tag, texts in wanted.items()}
    for tag in sorted({*found, *wanted}):
        pairs = zip(found.get(tag, []), wanted.get(tag, []))
        for index, (one, two) in enumerate(pairs):
            where = f"record {index} of tag {tag} differs (records a tag: {counts})"
            assert one == two, f"{where}\nfound  {one}\nwanted {two}"
    assert counts[0] == counts[1]
