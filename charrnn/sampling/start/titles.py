"""Titles for tunes that nobody has named: always the same one for a seed number and a rhythm.

The words are ours. They are put together as such titles are: a person, a place or a beast, and what they are known for.
"""

_BEASTS = (
    "Heron", "Curlew", "Badger", "Otter", "Wren", "Hare", "Magpie", "Goose", "Vixen", "Corncrake", "Stoat", "Lapwing",
    "Donkey", "Ferret", "Robin", "Salmon", "Spider", "Gannet", "Kestrel", "Hedgehog",
)  # fmt: skip
_QUALITIES = (
    "Restless", "Merry", "Crooked", "Silver", "Drowsy", "Wandering", "Wilful", "Barefoot", "Frosty", "Lonesome",
    "Nimble", "Ragged", "Sleepless", "Quiet", "Windy", "Threadbare", "Borrowed", "Saucy", "Last", "Stubborn",
)  # fmt: skip
_THINGS = (
    "Lantern", "Teapot", "Kettle", "Bucket", "Ladder", "Bonnet", "Candle", "Thimble", "Gate", "Basket", "Shawl",
    "Wheel", "Rope", "Doorstep", "Button", "Bellows", "Saddle", "Anchor", "Apron", "Chimney",
)  # fmt: skip
_PLACES = (
    "Ferry", "Orchard", "Crossroads", "Mill", "Harbour", "Bog", "Lane", "Causeway", "Lighthouse", "Bridge", "Quarry",
    "Haggard", "Meadow", "Strand", "Weir", "Hearth", "Moor", "Schoolhouse", "Tollgate", "Slipway",
)  # fmt: skip
_PEOPLE = (
    "Ailbhe", "Barney", "Cormac", "Della", "Eamon", "Fionn", "Grania", "Hughie", "Isla", "Jemima", "Kester", "Lorna",
    "Morag", "Nessa", "Oisin", "Peggy", "Rory", "Sheila", "Tess", "Ursula",
)  # fmt: skip
_DOINGS = (
    "Chasing", "Waiting for", "Asking After", "Farewell to", "The Road to", "Twice Round", "Early to", "Looking for",
)  # fmt: skip


def title_for(seed: int, rhythm: str = "") -> str:
    """The title of the tune of a seed number.

    >>> title_for(7, "jig")
    'The Silver Lapwing'
    >>> title_for(7, "reel") == title_for(7, "reel")
    True
    """
    words = _Words(seed, rhythm.strip().lower())
    pattern = words.number(5)
    if pattern == 0:
        return f"The {words.one(_QUALITIES)} {words.one(_BEASTS)}"
    if pattern == 1:
        return f"{words.one(_PEOPLE)}'s {words.one(_THINGS)}"
    if pattern == 2:
        return f"The {words.one(_BEASTS)} at the {words.one(_PLACES)}"
    if pattern == 3:
        return f"{words.one(_DOINGS)} the {words.one(_QUALITIES)} {words.one(_PLACES)}"
    return f"{words.one(_PEOPLE)} at the {words.one(_PLACES)}"


class _Words:
    """Choices that follow from a number and a text alone, on every machine and for ever."""

    def __init__(self, seed: int, rhythm: str) -> None:
        self._state = seed
        for character in rhythm.encode():
            self._state = (self._state * 257 + character) % 2**64

    def number(self, below: int) -> int:
        """Steele, Lea and Flood (2014), SplitMix64."""
        self._state = (self._state + 0x9E3779B97F4A7C15) % 2**64
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) % 2**64
        return (mixed ^ (mixed >> 31)) % below

    def one(self, words: tuple[str, ...]) -> str:
        return words[self.number(len(words))]
