"""A tune and how it was made, as text that fits into an address: ``1.`` and base64url of zlib of JSON.

Who opens a link may have been sent it by anybody, so it is checked like any other input: its size, what it unpacks to,
and every setting (``Request.checked``).
"""

import base64
import binascii
import json
import zlib
from dataclasses import dataclass
from typing import Any

from charrnn import limits
from charrnn.errors import OptionError
from charrnn.sampling.options import Request, check_abc

_VERSION = "1"
_MAX_LINK = 16_000  # characters: servers refuse longer addresses
_MAX_UNPACKED = 4 * limits.MAX_ABC_CHARACTERS + 6 * limits.MAX_SEED_CHARACTERS  # bytes
_BAD = "This link does not hold a tune: it may have been cut off on its way."

Settings = dict[str, Any]  # what ``Request.checked`` takes, by name


@dataclass(frozen=True, slots=True)
class Link:
    abc: str
    settings: Settings | None  # None for a tune that was not composed here


def encode(abc: str, settings: Settings | None) -> str:
    """ "" for a tune that is too long for an address."""
    packed = zlib.compress(json.dumps([abc, settings], separators=(",", ":")).encode(), 9)
    text = f"{_VERSION}.{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"
    return text if len(text) <= _MAX_LINK else ""


def decode(text: object) -> Link:
    """Raises OptionError, one sentence, for anything that ``encode`` does not make."""
    if not isinstance(text, str) or len(text) > _MAX_LINK:
        raise OptionError(f"A link holds a tune in at most {_MAX_LINK:,} characters; this one is longer.")
    version, dot, packed = text.partition(".")
    if not dot or not version.isdecimal() or len(version) > 3:
        raise OptionError(_BAD)
    if version != _VERSION:
        raise OptionError(f"This link is of version {version}; this page reads version {_VERSION}.")
    try:
        content = json.loads(_unpacked(base64.b64decode(packed + "=" * (-len(packed) % 4), b"-_", validate=True)))
    except (binascii.Error, zlib.error, ValueError, RecursionError) as error:
        raise OptionError(_BAD) from error
    if not isinstance(content, list) or len(content) != 2 or not isinstance(content[0], str):
        raise OptionError(_BAD)
    abc, settings = check_abc(content[0]), content[1]
    return Link(abc, None if settings is None else checked_settings(settings))


def checked_settings(settings: object) -> Settings:
    """The settings, all of them known and in range. Raises OptionError."""
    if not isinstance(settings, dict) or not settings.keys() <= _NAMES or "seed" not in settings:
        raise OptionError("The settings in this link are not those of this page.")
    return settings_of(Request.checked(**settings))


def settings_of(request: Request) -> Settings:
    """What gives the request again when ``Request.checked`` takes it."""
    form = request.form
    return {
        "seed_text": request.seed_text,
        "temperature": request.temperature,
        "length": request.length,
        "seed": request.seed,
        "grammar": request.grammar,
        "bars": form.bars if form else None,
        "parts": form.parts if form else None,
        "repetition": request.repetition,
        "most_shared": request.most_shared,
        "instrument": request.instrument,
    }


_NAMES = {
    "seed_text", "temperature", "length", "seed", "grammar", "bars", "parts", "repetition", "most_shared", "instrument",
}  # fmt: skip


def _unpacked(packed: bytes) -> bytes:
    """Refuses a few bytes that unpack to a great many."""
    reader = zlib.decompressobj()
    content = reader.decompress(packed, _MAX_UNPACKED)
    if not reader.eof:
        raise ValueError("too long, or cut off")
    return content
