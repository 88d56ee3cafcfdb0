"""Takes every file of tests/evil to the engraver and into every file format, for tests/test_whole_path.py: a crash of
the engraver would end this process and not the tests. Prints each name when it is done.

python -m tests.whole_path
"""

import sys
from contextlib import suppress

from charrnn.errors import AbcError, RenderError
from charrnn.notation.parser import parse
from charrnn.render.midi import midi_bytes
from charrnn.render.musicxml import musicxml
from charrnn.render.pdf import pdf_bytes
from charrnn.ui.picture import incipit
from charrnn.ui.value import done
from charrnn.ui.view import View
from tests.tunes import EVIL


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
