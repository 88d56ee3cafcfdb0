"""A command that is killed while it keeps a result: tells its workers, writes half of a line, and dies.

python -m tests.support.killed sample --out FILE ...
"""

import multiprocessing
import os
import signal
import sys
from typing import Any

from charrnn import cli
from charrnn.bulk.ledger import Ledger

KEPT = 50  # results


def main(arguments: list[str]) -> int:
    append = Ledger.append

    def append_or_die(self: Ledger, result: dict[str, Any]) -> None:
        if self.count == KEPT:
            print(*(worker.pid for worker in multiprocessing.active_children()), flush=True)
            self._file.write(b'{"number": 51, "se')
            os.kill(os.getpid(), signal.SIGKILL)
        append(self, result)

    Ledger.append = append_or_die  # type: ignore[method-assign]
    return cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
