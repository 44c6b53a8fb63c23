"""Seal and open short texts with AES-256-GCM: refresh tokens at rest, and the state of a sign-in in its cookie."""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class NotSealedHere(ValueError):
    """The text was not sealed with this key for this purpose, or was changed."""


class Sealer:
    """Seals for one purpose (`about`): what was sealed for another one cannot be opened."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._cipher = AESGCM(hashlib.sha256(b"console seal\0" + self._secret).digest())

    def seal(self, text: str, *, about: str) -> str:
        """The sealed text, in letters that a cookie and a table take."""
        nonce = os.urandom(_NONCE)
        return base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), about.encode())).decode()

    def open(self, sealed: str, *, about: str) -> str:
        """The text. Raises NotSealedHere."""
        try:
            raw = base64.urlsafe_b64decode(sealed.encode())
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], about.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise NotSealedHere from error

    def mark(self, text: str, *, about: str) -> str:
        """A mark that only this key makes of the text (HMAC-SHA-256)."""
        return hmac.new(self._secret, f"{about}\0{text}".encode(), hashlib.sha256).hexdigest()

    def is_mark(self, mark: str, text: str, *, about: str) -> bool:
        """Whether `mark` is the mark of that text, compared in constant time."""
        return hmac.compare_digest(mark.encode(), self.mark(text, about=about).encode())
