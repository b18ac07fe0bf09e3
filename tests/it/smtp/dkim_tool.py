"""Makes keys for DKIM and verifies signatures, independently of ours.

    dkim_tool.py key rsa|rsa_pkcs1|ed25519       prints a private key
    dkim_tool.py verify NAME RECORD FILE…        prints True or False for each mail; NAME and RECORD are what the DNS would hold
"""

import sys

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa


def key(kind):
    made = ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else rsa.generate_private_key(65537, 2048)
    formats = serialization.PrivateFormat
    shape = formats.TraditionalOpenSSL if kind == "rsa_pkcs1" else formats.PKCS8
    pem = made.private_bytes(serialization.Encoding.PEM, shape, serialization.NoEncryption())
    sys.stdout.write(pem.decode())


def verify(name, record, *files):
    def dns(asked, timeout=5):
        return record.encode() if asked.rstrip(b".").decode() == name else None

    for file in files:
        with open(file, "rb") as mail:
            print(dkim.verify(mail.read(), dnsfunc=dns))


{"key": key, "verify": verify}[sys.argv[1]](*sys.argv[2:])
