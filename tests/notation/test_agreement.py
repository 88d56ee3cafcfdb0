"""The tunes of the training music that abc2midi reads otherwise than we do: all of them, each with its reason.

``python -m charrnn evaluate --reading`` compares every tune, in a few minutes; here stand those that it finds.
"""

import pytest

from charrnn.corpus.sources import RawTune, read_tunes
from charrnn.evaluation.abc2midi import ask, difference, is_available, our_notes
from charrnn.evaluation.agreement import canonical_abc
from charrnn.notation.reading.parser import parse

ODD_TUPLET = "(5 or (9 in 3/4: the standard counts 3/4 as simple time, so they last 2; abc2midi takes 3"
DIFFERENCES = {  # (collection, title): what differs, and why
    ("airdsAirs", "Gi'e the Lasses mair o'it."): ("number of notes", "a unison in a chord: we sound it once"),
    ("oneills1850", "The Black Slender Boy"): ("onset", ODD_TUPLET),
    ("oneills1850", "THE LITTLE BLACK ROSE"): ("onset", ODD_TUPLET),
    ("oneills1850", "HAVE YOU BEEN AT CARRICK?"): ("onset", ODD_TUPLET),
    ("oneills1850", "The Maiden"): ("onset", ODD_TUPLET),
}


def tunes_named(collection: str, title: str) -> list[RawTune]:
    return [raw for raw in read_tunes((collection,)) if f"T:{title}\n" in raw.text.replace("T: ", "T:")]


@pytest.mark.skipif(not is_available(), reason="abc2midi is not installed (Debian package abcmidi)")
@pytest.mark.parametrize(("collection", "title"), DIFFERENCES)
def test_each_difference_from_abc2midi_is_as_listed(collection: str, title: str) -> None:
    tunes = [canonical_abc(raw) for raw in tunes_named(collection, title)]
    found = [difference(our_notes(parse(abc)), ask(abc).notes) for abc in tunes]
    assert sorted(filter(None, found)) == [DIFFERENCES[collection, title][0]]
