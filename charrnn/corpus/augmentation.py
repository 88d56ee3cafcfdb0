"""Enlarges the training music by what keeps music true: the same tune in other keys."""

from charrnn.corpus.cleaning import CleanTune
from charrnn.notation.transpose import transpose_key, transpose_music

FARTHEST = 3  # fifths up or down; farther keys hardly occur and would teach their own spelling only


def transpositions(tune: CleanTune) -> list[tuple[str, int]]:
    """The text of the tune and how many fifths it was moved: first as it is, then in every other key within reach that
    can be spelled."""
    texts = [(tune.text, 0)]
    if any(key.explicit for key in tune.parsed.keys):
        # Such keys could not be moved when the shipped model was trained; the next training run may move them.
        return texts
    for fifths in (*range(-FARTHEST, 0), *range(1, FARTHEST + 1)):
        try:
            header = tune.header.replace(f"K:{tune.key}\n", f"K:{transpose_key(tune.key, fifths)}\n")
            texts.append((f"{header}{transpose_music(tune.music, tune.key, fifths)}\n", fifths))
        except ValueError:
            continue
    return texts
