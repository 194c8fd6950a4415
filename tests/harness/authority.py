"""A certificate authority of the tests' own. Python's requests verifies against it as Flagsmith verifies in earnest."""
import pathlib
import subprocess


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Authority:
    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.certificate = folder / "ca.crt"
        # The key identifiers are what strict verification (Python 3.13) insists on.
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3",
                 "-subj", "/CN=Authority of the tests", "-keyout", folder / "ca.key", "-out", self.certificate,
                 "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                 "-addext", "subjectKeyIdentifier=hash")

    def issue(self, folder: pathlib.Path, common_name="localhost"):
        """Writes tls.key and tls.crt for localhost into the folder."""
        extensions = folder / "tls.ext"
        extensions.write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                              "extendedKeyUsage=serverAuth,clientAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
                              "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n")
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={common_name}",
                 "-keyout", folder / "tls.key", "-out", folder / "tls.csr")
        _openssl("x509", "-req", "-in", folder / "tls.csr", "-CA", self.certificate, "-CAkey", self.folder / "ca.key",
                 "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", folder / "tls.crt")
