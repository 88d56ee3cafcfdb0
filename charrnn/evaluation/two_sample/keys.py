"""How the keys of tunes are distributed: tonic and mode, as the header names them."""

from collections import Counter
from collections.abc import Collection, Sequence

from charrnn.notation.keys import Key

RARE = 0.03  # share of people's tunes that are in the rare keys, all of them together


def total_variation(keys: Sequence[str], others: Sequence[str]) -> float:
    """Half the sum of the differences between the shares of each key: 0 the same, 1 no key in common."""
    one, other = Counter(keys), Counter(others)
    return sum(abs(one[key] / len(keys) - other[key] / len(others)) for key in one | other) / 2


def common_keys(people: Sequence[str]) -> frozenset[str]:
    """All keys but the rarest, which less than ``RARE`` of the tunes are in together."""
    left, counts = RARE * len(people), Counter(people)
    rare = set()
    for key, count in sorted(counts.items(), key=lambda one: (one[1], one[0])):
        left -= count
        if left <= 0:
            break
        rare.add(key)
    return frozenset(counts.keys() - rare)


def share_outside(keys: Sequence[str], common: Collection[str]) -> float:
    """Share of the keys that are not among the common ones."""
    return sum(key not in common for key in keys) / len(keys)


def key_name(key: Key) -> str:
    """Tonic and mode, without accidentals that are added to the mode."""
    return str(Key(key.tonic, key.mode, (), key.special))
