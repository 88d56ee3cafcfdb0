"""Takes every file of tests/evil to the engraver and into every file format, for tests/fuzz/test_whole_path.py: a crash
of the engraver would end this process and not the tests. Prints each name when it is done.

python -m tests.support.whole_path
"""

import sys
from contextlib import suppress

from charrnn.errors import AbcError, RenderError
from charrnn.notation.reading.parser import parse
from charrnn.render.export.midi import midi_bytes
from charrnn.render.export.musicxml import musicxml
from charrnn.render.export.pdf import pdf_bytes
from charrnn.render.score.incipit import incipit
from charrnn.ui.answers.value import done
from charrnn.ui.answers.view import View
from tests.support.tunes import EVIL


def main() -> None:
    for name, text in EVIL.items():
        print(f"{name} {walk(text)}", flush=True)


def walk(text: str) -> str:
    """As the page does it: the whole tune, nothing left out."""
    try:
        tune = parse(text)
    except AbcError:
        return "refused"
    value = done(text, tune, view=View(chords=True))
    incipit(tune, "c0-")
    for write in (midi_bytes, musicxml):
        with suppress(RenderError):
            write(tune)
    with suppress(RenderError):
        pdf_bytes([tune])
    return "drawn" if value["picture"] else "empty"


if __name__ == "__main__":
    sys.exit(main())
