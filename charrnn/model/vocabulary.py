"""The two look-up tables: character to index and index to character.

>>> vocabulary = Vocabulary.of("GABG")
>>> vocabulary.encode("BAG"), vocabulary.decode([1, 0, 2])
([1, 0, 2], 'BAG')
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from charrnn.errors import VocabularyError

START = "\n"  # what the network reads before a tune's first character; a tune's last character, too
_MAX_NAMED = 8  # unknown characters named in one message

# Everything that canonical ABC can be written with, so that the model knows 7/8 though the corpus has none.
ALPHABET = START + " #'(),-/0123456789:<=>[]^_|" + "ABCDEFGHKLMRZ" + "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``characters[i]`` is the character of index i."""

    characters: str
    index_of: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(set(self.characters)) != len(self.characters):
            raise VocabularyError("a vocabulary has each character once")
        object.__setattr__(self, "index_of", {character: index for index, character in enumerate(self.characters)})

    @classmethod
    def of(cls, text: str) -> "Vocabulary":
        """The sorted characters of a text."""
        return cls("".join(sorted(set(text))))

    def __len__(self) -> int:
        return len(self.characters)

    def encode(self, text: str) -> list[int]:
        """Indices of the characters. Raises VocabularyError naming every unknown one with its positions, from 1."""
        try:
            return [self.index_of[character] for character in text]
        except KeyError:
            raise VocabularyError(self.explain_unknown(text)) from None

    def decode(self, indices: Iterable[int]) -> str:
        return "".join(self.characters[index] for index in indices)

    def explain_unknown(self, text: str) -> str:
        """The sentence that names the characters of ``text`` that are not in the vocabulary."""
        return unknown_sentence([pair for pair in enumerate(text, start=1) if pair[1] not in self.index_of])


def unknown_sentence(unknown: Sequence[tuple[int, str]], where: str = "") -> str:
    """Names characters that the model does not know, given as (position, character), and where they stand."""
    named = list(dict.fromkeys(character for _, character in unknown))[:_MAX_NAMED]
    places = [str(place) for place, _ in unknown][:_MAX_NAMED]
    more = "" if len(unknown) <= _MAX_NAMED else ", ..."
    return (
        f"These characters {where}are not known to the model: {', '.join(map(_printable, named))}"
        f" (positions {', '.join(places)}{more})."
    )


def _printable(character: str) -> str:
    return character if character.isprintable() else f"U+{ord(character):04X}"
