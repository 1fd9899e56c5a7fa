"""The secret that a client beyond this machine has to show."""

import hmac
import re
import secrets

from unetkit.errors import UsageError
from unetkit.serving.address import Address

TOKEN_VARIABLE = "UNETKIT_TOKEN"
_BYTES = 24  # of randomness
_ALLOWED = re.compile(r"[A-Za-z0-9._~-]{16,200}")  # goes into URLs, headers and cookies as it is


def token_for(address: Address, given: str | None) -> str | None:
    """The token to ask for at an address: the one given, else beyond this machine a new one; None: none is needed.

    Raises:
        UsageError: the one given is too short, or has characters that do not go into a URL.
    """
    if given is not None:
        if not _ALLOWED.fullmatch(given):
            raise UsageError("the token must be 16 to 200 letters, digits and . _ ~ -; leave it out to have one made")
        return given
    return None if address.is_local else secrets.token_urlsafe(_BYTES)


def is_token(shown: str, token: str) -> bool:
    """Compared in a time that does not tell how much of it is right."""
    return hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), token.encode())
