"""What each of two processes does in tests/bulk/test_bulk.py: several commands. In the last one, which has --out, the
second process is killed as soon as the first one has kept some tunes.

torchrun ... tests/support/two_composing.py COMMANDS, the arguments of each as JSON.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import torch.distributed as dist

from charrnn import cli
from charrnn.bulk.ledger import part_of
from charrnn.model.training.processes import Processes

PATIENCE = 240  # seconds, on a busy machine


def main(commands: list[list[str]]) -> int:
    dist.destroy_process_group = lambda: None  # one group for all commands: another might meet under the old address
    for command in commands[:-1]:
        if code := cli.main(command):
            return code
    if os.environ["RANK"] == "1":
        die_after_sending(part_of(Path(commands[-1][commands[-1].index("--out") + 1])))
    return cli.main(commands[-1])


def die_after_sending(part: Path) -> None:
    """The first process cannot end without what is sent next."""
    send = Processes.send

    def send_and_die(self: Processes, value: Any) -> None:
        send(self, value)
        end = time.monotonic() + PATIENCE
        while not (part.exists() and part.read_bytes().count(b"\n") > 5) and time.monotonic() < end:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGKILL)

    Processes.send = send_and_die  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
