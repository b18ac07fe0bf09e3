"""Certificates for the mail server of the tests: a good one, and one of each kind that has to be refused."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


def make(folder, kind):
    """Writes `ca.pem` and the server's `server.pem` (key and certificate) of this kind into the folder."""
    now = datetime.datetime.now(datetime.timezone.utc)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _sign(
        _builder("Authority of the tests", "Authority of the tests", authority_key, now - DAY, now + 3650 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True),
        authority_key,
    )
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    begin, end, issuer, signer = now - DAY, now + 90 * DAY, "Authority of the tests", authority_key
    if kind == "expired":
        begin, end = now - 30 * DAY, now - DAY
    elif kind == "not_yet":
        begin, end = now + DAY, now + 30 * DAY
    elif kind == "wrong_host":
        names = [x509.DNSName("mail.example.com")]
    elif kind == "self_signed":
        issuer, signer = "localhost", key
    certificate = _sign(
        _builder("localhost", issuer, key, begin, end)
        .add_extension(x509.SubjectAlternativeName(names), critical=False),
        signer,
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(authority.public_bytes(pem))
    (folder / "server.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject, issuer, key, begin, end):
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )


def _sign(builder, key):
    return builder.sign(key, hashes.SHA256())
