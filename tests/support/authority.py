"""A time-stamp authority of our own, by `openssl ts`: root, signing certificate, answers to requests."""

from __future__ import annotations

import subprocess
from pathlib import Path

CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = {name}
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[tsa]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa_config]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/chain.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Authority:
    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.config = folder / "openssl.cnf"
        self.config.write_text(CONFIG.format(name=name, folder=folder))
        (folder / "serial").write_text("01\n")
        self._openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "3650",
            "-config",
            self.config,
            "-extensions",
            "ca",
            "-subj",
            f"/CN={name} root",
            "-keyout",
            folder / "ca.key",
            "-out",
            folder / "ca.pem",
        )
        self._openssl(
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-config",
            self.config,
            "-keyout",
            folder / "tsa.key",
            "-out",
            folder / "tsa.csr",
        )
        self._openssl(
            "x509",
            "-req",
            "-in",
            folder / "tsa.csr",
            "-CA",
            folder / "ca.pem",
            "-CAkey",
            folder / "ca.key",
            "-CAcreateserial",
            "-days",
            "3650",
            "-extfile",
            self.config,
            "-extensions",
            "tsa",
            "-out",
            folder / "tsa.pem",
        )
        (folder / "chain.pem").write_bytes((folder / "ca.pem").read_bytes())
        self.root_pem = (folder / "ca.pem").read_bytes()

    def answer(self, request: bytes) -> bytes:
        query, reply = self.folder / "q.tsq", self.folder / "r.tsr"
        query.write_bytes(request)
        self._openssl(
            "ts",
            "-reply",
            "-config",
            self.config,
            "-section",
            "tsa_config",
            "-queryfile",
            query,
            "-out",
            reply,
        )
        return reply.read_bytes()

    @staticmethod
    def _openssl(*arguments: object) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
