"""A visitor's TLS: what is presented for a name, and whether a root leads to it."""

import socket
import ssl

import httpx
from cryptography import x509


class Visitor:
    """Goes to one address whatever name is asked for."""

    def __init__(self, host: str, port: int) -> None:
        self.address = (host, port)

    def presented(self, name: str | None) -> x509.Certificate:
        """The certificate for a name, without asking whether it is any good."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection(self.address, 60) as plain,
            context.wrap_socket(plain, server_hostname=name) as secure,
        ):
            found = secure.getpeercert(binary_form=True)
        assert found
        return x509.load_der_x509_certificate(found)

    def accepts(self, name: str, root: str) -> bool:
        """Whether someone who trusts only `root` comes in."""
        context = ssl.create_default_context(cadata=root)
        try:
            with (
                socket.create_connection(self.address, 60) as plain,
                context.wrap_socket(plain, server_hostname=name),
            ):
                return True
        except ssl.SSLCertVerificationError:
            return False

    def get(self, name: str, path: str, root: str, **headers: str) -> httpx.Response:
        """A request for a name, with the certificate checked."""
        context = ssl.create_default_context(cadata=root)
        host, port = self.address
        with httpx.Client(verify=context, trust_env=False, timeout=60) as client:
            return client.get(
                f"https://{host}:{port}{path}",
                headers={"Host": name, **headers},
                extensions={"sni_hostname": name},
            )


def names_of(certificate: x509.Certificate) -> set[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return set()
    return {str(name.value) for name in found.value}
