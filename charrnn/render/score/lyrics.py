"""Words under the notes, as scores have them: each syllable with its place in its word."""

from dataclasses import dataclass

from charrnn.notation.tune import Note, Syllable, Tune


@dataclass(slots=True)
class Sung:
    verse: int  # from 1
    text: str
    begins_word: bool
    ends_word: bool
    is_held: bool = False  # over the next note


def sung(tune: Tune) -> dict[int, list[Sung]]:
    """What is sung on each note element, by its index."""
    found: dict[int, list[Sung]] = {}
    latest: dict[int, Sung] = {}  # by verse
    inside: set[int] = set()  # verses in the middle of a word
    for index, element in enumerate(tune.elements):
        if not isinstance(element, Note):
            continue
        for verse, syllable in enumerate(element.words, start=1):
            if syllable.is_held and verse in latest:
                latest[verse].is_held = True
            if syllable.text:
                latest[verse] = _sung(verse, syllable, verse in inside)
                found.setdefault(index, []).append(latest[verse])
                (inside.add if syllable.is_joined else inside.discard)(verse)
    return found


def _sung(verse: int, syllable: Syllable, is_inside: bool) -> Sung:
    return Sung(verse, syllable.text, begins_word=not is_inside, ends_word=not syllable.is_joined)
