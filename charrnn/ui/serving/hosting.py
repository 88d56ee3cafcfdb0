"""Where and to whom the page is served: what the flags and the environment may say, checked before anything heavy is
imported.

Hugging Face Spaces, containers and gradio's own documentation name the address in GRADIO_SERVER_NAME,
GRADIO_SERVER_PORT and GRADIO_ROOT_PATH; a Space tells its name in SPACE_ID.
"""

import ipaddress
import os
import re
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

AUTH_VARIABLE = "CHARRNN_AUTH"
_SPACES_PROXIES = ("10.0.0.0/8",)  # a Space is reached through its own network only
_SPACES_SITES = ("https://huggingface.co",)  # whose pages show a Space in a frame
_PART = re.compile(r"[A-Za-z0-9._~-]+")  # of a path: what needs no escape in any address

Account = tuple[str, str]  # user, password


def add_flags(parser: ArgumentParser) -> None:
    """Adds the flags for access and reverse proxies."""
    parser.add_argument(
        "--auth",
        type=accounts,
        metavar="USER:PASSWORD",
        default=(),
        help=f"ask for a name and a password; @FILE has one a line; in a file or in {AUTH_VARIABLE} it does not stand "
        "in the list of processes",
    )
    parser.add_argument(
        "--root-path",
        type=root_path,
        metavar="PATH",
        default=os.environ.get("GRADIO_ROOT_PATH", ""),
        help="path under which a proxy shows the page, such as /tunes",
    )
    parser.add_argument(
        "--trusted-proxy",
        type=proxies,
        metavar="ADDRESSES",
        default=_SPACES_PROXIES if _is_a_space() else (),
        help="addresses or networks of proxies whose word is taken for who the visitor is",
    )
    parser.add_argument(
        "--frame-ancestors",
        type=sites,
        metavar="SITES",
        default=_SPACES_SITES if _is_a_space() else (),
        help="sites that may show the page in a frame, such as https://example.org; by default none",
    )
    parser.add_argument(
        "--probes",
        type=probes,
        metavar="on|off|PORT",
        default="on",
        help="whether /healthz and /metrics are answered, or another port at which they are",
    )


def default_host() -> str:
    """This machine alone, or everybody where the platform says so."""
    return os.environ.get("GRADIO_SERVER_NAME") or ("0.0.0.0" if _is_a_space() else "127.0.0.1")


def default_port() -> str:
    return os.environ.get("GRADIO_SERVER_PORT") or "7860"


def port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise ArgumentTypeError(f"a whole number from 1 to 65535 is wanted, not {text}")
    return int(text)


def root_path(text: str) -> str:
    """The path under which a proxy shows the page, without a slash at its end; "" and "/" mean none."""
    path = text.rstrip("/")
    if path and (not path.startswith("/") or not all(map(_PART.fullmatch, path[1:].split("/")))):
        raise ArgumentTypeError(f"a path such as /tunes is wanted, of letters, digits and . _ ~ -, not {text}")
    return path


def proxies(text: str) -> tuple[str, ...]:
    """Addresses and networks, separated by commas. None stands for everybody: then visitors could name their own."""
    out = tuple(part.strip() for part in text.split(","))
    try:
        for part in out:
            ipaddress.ip_network(part)
    except ValueError as error:
        wanted = "addresses or networks such as 127.0.0.1 or 10.0.0.0/8 are wanted, separated by commas"
        raise ArgumentTypeError(f"{wanted}, not {text}") from error
    return out


def sites(text: str) -> tuple[str, ...]:
    """Sites, separated by commas."""
    from charrnn.ui.serving.headers import is_source

    out = tuple(part.strip() for part in text.split(","))
    if not all(map(is_source, out)):
        wanted = "sites such as https://example.org or https://*.example.org are wanted, separated by commas"
        raise ArgumentTypeError(f"{wanted}, not {text}")
    return out


def probes(text: str) -> bool | int:
    """True for the page's port, False for nowhere, or another port."""
    if text in ("on", "off"):
        return text == "on"
    if not text.isdecimal():
        raise ArgumentTypeError(f"on, off or a port is wanted, not {text}")
    return port(text)


def accounts(text: str) -> tuple[Account, ...]:
    """Who may come in: USER:PASSWORD, or @FILE with one of them a line. No message repeats what may be a password."""
    if not text.startswith("@"):
        return (_account(text, "USER:PASSWORD, or @FILE with one of them a line, is wanted"),)
    path = Path(text[1:])
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentTypeError(f"{path} cannot be read ({getattr(error, 'strerror', None) or 'no text'})") from error
    out = tuple(
        _account(line, f"line {number} of {path} must be USER:PASSWORD")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    )
    if not out:
        raise ArgumentTypeError(f"{path} names nobody; a line must be USER:PASSWORD")
    return out


def accounts_from_environment() -> tuple[Account, ...]:
    """Raises OSError with a sentence."""
    text = os.environ.get(AUTH_VARIABLE)
    try:
        return accounts(text) if text else ()
    except ArgumentTypeError as error:
        raise OSError(f"environment variable {AUTH_VARIABLE}: {error}") from error


def _account(text: str, wanted: str) -> Account:
    user, colon, password = text.strip().partition(":")
    if not (colon and user.strip() and password):
        raise ArgumentTypeError(wanted)
    return user.strip(), password


def _is_a_space() -> bool:
    return bool(os.environ.get("SPACE_ID"))
