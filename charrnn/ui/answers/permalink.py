"""A tune and how it was made, or a set of tunes, as text that fits into an address: ``1.`` and base64url of zlib of
JSON.

Who opens a link may have been sent it by anybody, so it is checked like any other input: its size, what it unpacks to,
and every setting (``Request.checked``).
"""

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from charrnn import limits
from charrnn.errors import OptionError
from charrnn.sampling.checks import check_abc, check_words
from charrnn.sampling.options import OPTIONS, Request

_VERSION = "1"
MAX_LINK = 16_000  # characters: servers refuse longer addresses
_MAX_UNPACKED = 4 * limits.MAX_SET_TUNES * limits.MAX_ABC_CHARACTERS + 6 * limits.MAX_SEED_CHARACTERS  # bytes
_BAD = "This link does not hold a tune: it may have been cut off on its way."

Settings = dict[str, Any]  # the fields of a Request; an older link may lack some, which then have their defaults
_BEFORE_TRIES = {"tries": 1}  # but of these, as bars were written when links did not tell


@dataclass(frozen=True, slots=True)
class Link:
    abc: str
    settings: Settings | None  # None for a tune that was not composed here


@dataclass(frozen=True, slots=True)
class SetLink:
    name: str
    tunes: tuple[str, ...]  # ABC


def encode(abc: str, settings: Settings | None) -> str:
    """ "" for a tune that is too long for an address."""
    return _packed([abc, settings])


def decode(text: object) -> Link:
    """Raises OptionError, one sentence, for anything that ``encode`` does not make."""
    content = _content(text)
    if not isinstance(content, list) or len(content) != 2 or not isinstance(content[0], str):
        raise OptionError(_BAD)
    abc, settings = check_abc(content[0]), content[1]
    return Link(abc, None if settings is None else checked_settings(settings))


def encode_set(name: str, tunes: Sequence[str]) -> str:
    """ "" for a set that is too long for an address."""
    return _packed([name, list(tunes)])


def decode_set(text: object) -> SetLink:
    """Raises OptionError, one sentence, for anything that ``encode_set`` does not make."""
    content = _content(text)
    if not isinstance(content, list) or len(content) != 2 or not isinstance(content[1], list):
        raise OptionError(_BAD)
    name, tunes = check_words("Name", content[0], limits.MAX_FIELD_CHARACTERS), content[1]
    if not 2 <= len(tunes) <= limits.MAX_SET_TUNES:
        raise OptionError(f"A set in a link has 2 to {limits.MAX_SET_TUNES} tunes, not {len(tunes):,}.")
    return SetLink(name, tuple(map(check_abc, tunes)))


def _packed(content: object) -> str:
    packed = zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 9)
    text = f"{_VERSION}.{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"
    return text if len(text) <= MAX_LINK else ""


def _content(text: object) -> Any:
    """What ``_packed`` packed."""
    if not isinstance(text, str) or len(text) > MAX_LINK:
        raise OptionError(f"A link holds a tune in at most {MAX_LINK:,} characters; this one is longer.")
    version, dot, packed = text.partition(".")
    if not dot or not version.isdecimal() or len(version) > 3:
        raise OptionError(_BAD)
    if version != _VERSION:
        raise OptionError(f"This link is of version {version}; this page reads version {_VERSION}.")
    try:
        return json.loads(_unpacked(base64.b64decode(packed + "=" * (-len(packed) % 4), b"-_", validate=True)))
    except (binascii.Error, zlib.error, ValueError, RecursionError) as error:
        raise OptionError(_BAD) from error


def checked_settings(settings: object) -> Settings:
    """The settings, all of them known and in range. Raises OptionError."""
    if not isinstance(settings, dict) or not settings.keys() <= OPTIONS.keys() or "seed" not in settings:
        raise OptionError("The settings in this link are not those of this page.")
    return asdict(Request.checked(**_BEFORE_TRIES | settings))


def _unpacked(packed: bytes) -> bytes:
    """Refuses a few bytes that unpack to a great many."""
    reader = zlib.decompressobj()
    content = reader.decompress(packed, _MAX_UNPACKED)
    if not reader.eof:
        raise ValueError("too long, or cut off")
    return content
