"""The box's own CA: what it makes, when it renews, and who accepts it."""

from __future__ import annotations

import http.server
import ipaddress
import shutil
import ssl
import stat
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.error import URLError

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import sync_playwright

from app.box.certificates import (
    BoxNames,
    certificate_files,
    days_left,
    ensure_certificates,
    fingerprint,
)
from app.clock import TOKYO

NOW = datetime.now(TOKYO)
NAMES = BoxNames()


@contextmanager
def https_server(cert_file: Path, key_file: Path) -> Iterator[int]:
    """Answer 200 to everything on a free port of 127.0.0.1."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A refused handshake is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert_file, key_file)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def foreign_leaf(folder: Path) -> tuple[Path, Path]:
    """What somebody who stole the root's key would sign: all right but for the name."""
    files = certificate_files(folder)
    root = x509.load_pem_x509_certificate(files.ca_file.read_bytes())
    root_key = serialization.load_pem_private_key(files.ca_key_file.read_bytes(), password=None)
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    like = x509.load_pem_x509_certificate(files.cert_file.read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder(root.subject, like.subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(like.not_valid_before_utc)
        .not_valid_after(like.not_valid_after_utc)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("bank.example")]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    kept = (x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage, x509.AuthorityKeyIdentifier)
    for extension in like.extensions:
        if isinstance(extension.value, kept):
            builder = builder.add_extension(extension.value, extension.critical)
    cert_file, key_file = folder / "bank.crt", folder / "bank.key"
    cert_file.write_bytes(builder.sign(root_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert_file, key_file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_python_accepts_the_name_and_the_address(tmp_path: Path) -> None:
    ensure_certificates(tmp_path / "tls", NAMES, NOW)
    files = certificate_files(tmp_path / "tls")
    context = ssl.create_default_context(cafile=str(files.ca_file))
    with https_server(files.cert_file, files.key_file) as port:
        for host in ("localhost", "127.0.0.1"):
            with urllib.request.urlopen(f"https://{host}:{port}/", context=context, timeout=30) as reply:
                assert reply.status == 200


def test_python_refuses_another_name_signed_by_our_root(tmp_path: Path) -> None:
    ensure_certificates(tmp_path, NAMES, NOW)
    context = ssl.create_default_context(cafile=str(certificate_files(tmp_path).ca_file))
    context.check_hostname = False  # so that the constraint alone decides
    with (
        https_server(*foreign_leaf(tmp_path)) as port,
        pytest.raises(URLError, match="permitted subtree violation"),
    ):
        urllib.request.urlopen(f"https://127.0.0.1:{port}/", context=context, timeout=30)


def test_chromium_accepts_our_name_and_refuses_the_bank(tmp_path: Path) -> None:
    tls, home = tmp_path / "tls", tmp_path / "home"
    ensure_certificates(tls, NAMES, NOW)
    files = certificate_files(tls)
    nss = home / ".pki" / "nssdb"
    nss.mkdir(parents=True)
    certutil = shutil.which("certutil")
    assert certutil, "libnss3-tools is missing; ./uketsuke test installs it"
    store = f"sql:{nss}"
    subprocess.run([certutil, "-N", "-d", store, "--empty-password"], check=True)
    subprocess.run([certutil, "-A", "-d", store, "-t", "C,,", "-n", "box", "-i", files.ca_file], check=True)
    with (
        https_server(files.cert_file, files.key_file) as own,
        https_server(*foreign_leaf(tls)) as bank,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
            args=["--host-resolver-rules=MAP bank.example 127.0.0.1, MAP uketsuke.local 127.0.0.1"],
        )
        page = browser.new_page()
        for host in ("uketsuke.local", "localhost", "127.0.0.1"):
            reply = page.goto(f"https://{host}:{own}/")
            assert reply is not None
            assert reply.status == 200
        with pytest.raises(BrowserError, match="ERR_CERT"):
            page.goto(f"https://bank.example:{bank}/")
        browser.close()


def test_keys_and_folder_are_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    ensure_certificates(folder, NAMES, NOW)
    files = certificate_files(folder)
    assert mode(folder) == 0o700
    assert mode(files.ca_key_file) == mode(files.key_file) == 0o600


def test_shapes_follow_the_profile(tmp_path: Path) -> None:
    nets = (ipaddress.IPv4Network("192.168.10.0/24"),)
    ensure_certificates(tmp_path, BoxNames(clinic_nets=nets), NOW)
    root, leaf = (
        x509.load_pem_x509_certificate(path.read_bytes())
        for path in (certificate_files(tmp_path).ca_file, certificate_files(tmp_path).cert_file)
    )
    constraints = root.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert x509.IPAddress(nets[0]) in (constraints.value.permitted_subtrees or [])
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(days=397)
    assert [usage.dotted_string for usage in leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value] == [
        "1.3.6.1.5.5.7.3.1"
    ]


@pytest.mark.parametrize(
    ("days", "leaf_renewed", "root_renewed"), [(0, False, False), (330, False, False), (340, True, False)]
)
def test_leaf_is_renewed_in_its_last_60_days_and_the_root_stays(
    tmp_path: Path, days: int, leaf_renewed: bool, root_renewed: bool
) -> None:
    assert ensure_certificates(tmp_path, NAMES, NOW)
    files = certificate_files(tmp_path)
    before = fingerprint(files.ca_file), fingerprint(files.cert_file)
    changed = ensure_certificates(tmp_path, NAMES, NOW + timedelta(days=days))
    after = fingerprint(files.ca_file), fingerprint(files.cert_file)
    assert (changed, before[1] != after[1], before[0] != after[0]) == (leaf_renewed, leaf_renewed, root_renewed)
    assert days_left(files.cert_file, NOW + timedelta(days=days)) >= 60


def test_new_names_and_damage_are_repaired(tmp_path: Path) -> None:
    ensure_certificates(tmp_path, NAMES, NOW)
    files = certificate_files(tmp_path)
    root = fingerprint(files.ca_file)
    files.key_file.write_bytes(b"damaged")
    assert ensure_certificates(tmp_path, NAMES, NOW)
    assert fingerprint(files.ca_file) == root
    other = BoxNames(dns=("clinic.local",))
    assert ensure_certificates(tmp_path, other, NOW)
    assert fingerprint(files.ca_file) != root
    assert not ensure_certificates(tmp_path, other, NOW)
