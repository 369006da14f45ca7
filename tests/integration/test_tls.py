"""wss: whom Sluice trusts, and what it shows of itself."""

import pytest
from support.certificates import make_certificates, make_client_certificate
from support.formats import expected
from support.golden import read_lines, recording
from support.objects import assert_same, read_objects, texts_by_tag
from support.sluice import changed, pipeline

MASKS = ["10.42.1.8/29", "fd42:1::10/124"]


def everything():
    return expected(read_lines(recording("mixed")), MASKS)


def trusting(analyzer, stored, certificates, **tls):
    """A configuration that trusts the CA; more fields of analyzer.tls by name."""
    fields = {"ca_file": str(certificates.ca), **{name: str(value) for name, value in tls.items()}}
    return changed(pipeline(analyzer, stored), "analyzer.tls", fields)


def test_an_analyzer_with_tls_of_a_private_ca_is_trusted_by_ca_file(analyzers, sluice_run, stored, certificates):
    analyzer = analyzers(tls=certificates)
    sluice = sluice_run(changed(pipeline(analyzer, stored), "analyzer.tls.ca_file", str(certificates.ca)))

    analyzer.finish()
    sluice.stop_clean()

    assert_same(texts_by_tag(read_objects(stored)), everything())


def test_a_certificate_of_another_ca_is_refused(analyzers, sluice_run, folder, stored, certificates):
    analyzer = analyzers(tls=certificates)
    other = make_certificates(folder / "other-certificates")
    sluice = sluice_run(changed(pipeline(analyzer, stored), "analyzer.tls.ca_file", str(other.ca)))

    assert sluice.err.wait_for(r"certificate.*analyzer\.tls\.ca_file")

    assert not analyzer.all("subscribed")
    sluice.stop_clean()


def test_without_ca_file_a_private_ca_is_refused(analyzers, sluice_run, stored, certificates):
    analyzer = analyzers(tls=certificates)
    sluice = sluice_run(pipeline(analyzer, stored))

    assert sluice.err.wait_for(r"certificate.*analyzer\.tls\.ca_file")

    assert not analyzer.all("subscribed")
    sluice.stop_clean()


def test_a_certificate_for_another_name_is_refused(analyzers, sluice_run, folder, stored):
    elsewhere = make_certificates(folder / "elsewhere", name="elsewhere.example")
    analyzer = analyzers(tls=elsewhere)
    sluice = sluice_run(changed(pipeline(analyzer, stored), "analyzer.tls.ca_file", str(elsewhere.ca)))

    assert sluice.err.wait_for(r"mismatch.*pipeline\.subscriber\.url")

    assert not analyzer.all("subscribed")
    sluice.stop_clean()


def test_a_missing_ca_file_is_named_with_its_path(analyzers, sluice_run, folder, stored, certificates):
    analyzer = analyzers(tls=certificates)
    sluice = sluice_run(changed(pipeline(analyzer, stored), "analyzer.tls.ca_file", str(folder / "no-such-ca.pem")))

    said = sluice.err.wait_for(r".*analyzer\.tls\.ca_file.*")

    assert "no-such-ca.pem" in said[0]
    sluice.stop()


@pytest.mark.parametrize("name", ["localhost", "elsewhere.example"])
def test_without_verification_any_certificate_is_taken(analyzers, sluice_run, folder, stored, name):
    analyzer = analyzers(tls=make_certificates(folder / "unknown", name=name))
    sluice = sluice_run(changed(pipeline(analyzer, stored), "analyzer.tls.verify", False))

    analyzer.finish()
    sluice.stop_clean()

    assert_same(texts_by_tag(read_objects(stored)), everything())


@pytest.mark.parametrize("form", ["two files", "one file"])
def test_a_client_certificate_is_shown_to_an_analyzer_that_asks_for_one(
    analyzers, sluice_run, stored, certificates, form
):
    cert, key = make_client_certificate(certificates.ca.parent)
    if form == "one file":
        cert.write_text(cert.read_text() + key.read_text())
        key = cert
    analyzer = analyzers("--client-ca", certificates.ca, tls=certificates)
    sluice = sluice_run(trusting(analyzer, stored, certificates, cert_file=cert, key_file=key))

    analyzer.finish()
    sluice.stop_clean()

    assert_same(texts_by_tag(read_objects(stored)), everything())


def test_without_the_client_certificate_that_is_asked_for_the_field_is_named(
    analyzers, sluice_run, stored, certificates
):
    analyzer = analyzers("--client-ca", certificates.ca, tls=certificates)
    sluice = sluice_run(trusting(analyzer, stored, certificates))

    assert sluice.err.wait_for(r"certificate.*analyzer\.tls\.cert_file")

    assert not analyzer.all("subscribed")
    sluice.stop_clean()


def test_a_client_certificate_of_another_ca_is_refused(analyzers, sluice_run, folder, stored, certificates):
    make_certificates(folder / "other")
    cert, key = make_client_certificate(folder / "other")
    analyzer = analyzers("--client-ca", certificates.ca, tls=certificates)
    sluice = sluice_run(trusting(analyzer, stored, certificates, cert_file=cert, key_file=key))

    assert sluice.err.wait_for(r"(certificate|unknown ca).*analyzer\.tls\.cert_file")

    assert not analyzer.all("subscribed")
    sluice.stop_clean()


def test_a_key_that_is_not_the_certificate_s_is_named(analyzers, sluice_run, stored, certificates):
    cert, _ = make_client_certificate(certificates.ca.parent)
    _, key = make_client_certificate(certificates.ca.parent, "other")
    analyzer = analyzers(tls=certificates)
    sluice = sluice_run(trusting(analyzer, stored, certificates, cert_file=cert, key_file=key))

    assert sluice.err.wait_for(r"analyzer\.tls\.key_file.*other\.key")

    sluice.stop_clean()
