"""Start the page: ``python app.py`` opens it at http://127.0.0.1:7860 with the shipped model, without any network.

    python app.py --host 0.0.0.0 --port 8000     # for the machines around
    python app.py --checkpoint mine              # checkpoints/mine.safetensors, or a path
    python app.py --mcp                          # programs that speak MCP may compose, too
    python app.py --auth @accounts.txt           # for those with a name and a password
    python app.py --root-path /tunes --trusted-proxy 127.0.0.1    # behind nginx: docs/hosting.md

The page is served first; the model loads in the background.
"""

import argparse
import importlib.util
import logging
import os
import socket
import sys
import tempfile
import threading
from typing import TYPE_CHECKING

from charrnn.model.location import DEFAULT_NAME, find_checkpoint
from charrnn.termination import EXIT_TERMINATED, Terminated, terminations_raised
from charrnn.ui.serving import hosting

if TYPE_CHECKING:
    from charrnn.render.audio.library import Library
    from charrnn.ui.model import BackgroundModel

EXIT_FAILED = 1
WARM_ROUNDS = 4  # of tunes in the usual meters, after the kernel is there
_LEVELS = ("debug", "info", "warning", "error")
_NO_TUNNEL = (
    "--share: gradio's service gave no public address (is there a way to the internet?); the page is served here alone"
)


def parser(add_help: bool = True) -> argparse.ArgumentParser:
    """The flags. Without ``add_help`` it is for another parser to take them from."""
    out = argparse.ArgumentParser(description=__doc__, formatter_class=_Formatter, add_help=add_help)
    out.add_argument("--host", default=hosting.default_host(), help="address to serve at; 0.0.0.0: at every one")
    out.add_argument("--port", type=hosting.port, default=hosting.default_port(), help="port to serve at")
    out.add_argument("--share", action="store_true", help="also make a public address, through a service of gradio's")
    hosting.add_flags(out)
    out.add_argument("--checkpoint", default=DEFAULT_NAME, help="name in checkpoints/, or path of a .safetensors file")
    out.add_argument(
        "--log-level", choices=_LEVELS, default="info", help="what goes to the error stream; info: a line for a request"
    )
    out.add_argument("--mcp", action="store_true", help="also offer the page's function as a tool for language models")
    return out


def main(arguments: list[str] | None = None) -> int:
    return run(parser().parse_args(arguments), "app.py")


def run(options: argparse.Namespace, program: str) -> int:
    """Serve the page until it is to end; the exit code. ``program`` is named in messages."""
    from charrnn.errors import CharrnnError

    try:
        options.auth = options.auth or hosting.accounts_from_environment()
        _check_address(options.host, options.port)
        if not isinstance(options.probes, bool):
            _check_address(options.host, options.probes)
        if options.mcp:
            _check_mcp(options.auth)
        find_checkpoint(options.checkpoint)  # a missing one is reported at once; it is loaded in the background
        with terminations_raised(), tempfile.TemporaryDirectory(prefix="charrnn-") as folder:
            os.environ.setdefault("GRADIO_TEMP_DIR", folder)  # what gradio would leave in the system's own
            _serve(options)
    except (CharrnnError, OSError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return EXIT_FAILED
    except Terminated:
        return EXIT_TERMINATED
    except KeyboardInterrupt:
        print()
    return 0


def _serve(options: argparse.Namespace) -> None:
    """Until Ctrl-C, or until the model turns out not to load."""
    from charrnn.ui.serving.memory import return_what_is_freed

    return_what_is_freed()  # before the imports, of which some start threads
    _log_to_error_stream(options.log_level)
    from charrnn.render.audio.library import Library
    from charrnn.render.score.engraving import draw_long_scores_apart
    from charrnn.ui.model import BackgroundModel
    from charrnn.ui.page import build_page
    from charrnn.ui.serving.requests import Journal
    from charrnn.ui.serving.server import serve

    model = BackgroundModel(options.checkpoint)
    sounds = Library()
    journal = Journal(model)
    page = build_page(model, sounds, journal)
    try:
        address = serve(
            page,
            journal,
            options.host,
            options.port,
            options.share,
            options.mcp,
            accounts=options.auth,
            root_path=options.root_path,
            trusted_proxies=options.trusted_proxy,
            frame_ancestors=options.frame_ancestors,
            probes=options.probes,
        )
        if options.share and not page.share_url:
            print(_NO_TUNNEL, file=sys.stderr, flush=True)
        print(f"The page is at {address}", flush=True)
        model.start().wait()
        threading.Thread(target=_prepare, args=(model, sounds), name="prepare", daemon=True).start()
        print("The model is ready. Ctrl-C ends.", flush=True)
        threading.Event().wait()
    finally:
        page.close(verbose=False)
        draw_long_scores_apart(None)


def _prepare(model: "BackgroundModel", sounds: "Library") -> None:
    """What the page can do without for a while: seconds, and many of them the first time only."""
    from charrnn.collector import keep_what_is_loaded
    from charrnn.inference import compiling
    from charrnn.render.audio.apart import prepare_apart

    if compiling.prepare():
        model.warm_up(rounds=WARM_ROUNDS)
    keep_what_is_loaded()
    prepare_apart(sounds)


def _log_to_error_stream(level: str) -> None:
    """Our own messages alone: other packages' stay as they are."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    ours = logging.getLogger("charrnn")
    ours.addHandler(handler)
    ours.setLevel(level.upper())
    ours.propagate = False


def _check_mcp(accounts: tuple[hosting.Account, ...]) -> None:
    """Say at once what cannot be; where the package is not there, gradio would print a traceback and go on without."""
    if accounts:
        raise OSError("--mcp cannot go with --auth: gradio lets programs that speak MCP in without a password")
    if importlib.util.find_spec("mcp") is None:
        raise OSError("--mcp needs gradio's extra of this name: pip install 'gradio[mcp]'")


def _check_address(host: str, port: int) -> None:
    """Say at once that the port is taken, rather than after the imports."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host.strip("[]"), port), family=family).close()
    except OSError as error:
        reason = error.strerror or error
        message = f"port {port} of {host} cannot be used ({reason}); choose another with --port or --host"
        raise OSError(message) from error


class _Formatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    def _get_help_string(self, action: argparse.Action) -> str | None:
        return super()._get_help_string(action) if action.default else action.help
