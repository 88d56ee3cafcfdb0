"""Four gates that a new tune has to pass before its melody is worth a word.

They are the first stage of the AI Music Generation Challenge, where people who play this music rejected a tune without
review for plagiarism, or for a rhythm, a range, or a mode and accidentals that are not characteristic (Sturm and
Maruri-Aguilar, "The Ai Music Generation Challenge 2020", Journal of Creative Music Systems 5(1), 2021; the range is not
asked about in later years). They judged by ear, against the jigs or reels of O'Neill's 1001; what stands here in their
place can be counted:

plagiarism  not a copy of a training tune, and no passage of ``PASSAGE`` notes that stands in one
rhythm      each bar adds up, by our check and by abc2midi's, and at most ``NEW_RHYTHMS`` of the bars have a rhythm
            that no bar of the training tunes in the same kind of meter has
range       within the fiddle's compass up to the third position, and at least a sixth wide
mode        at most ``OUTSIDE_MODE`` of the notes are outside the key, and the last is of the tonic chord

The limits were chosen on the validation split, where people's unseen tunes pass the gate of rhythm in 93 % of cases, of
range in 99 % and of mode in 85 %: most of the rest end on another degree, to lead back into the beginning. The card
shows how many pass on the test split. A judge would hear much that no gate here asks about.
"""

from dataclasses import dataclass
from fractions import Fraction

from charrnn.corpus.originality.index import Originality
from charrnn.evaluation.music import Pattern, compass, ends_on_tonic_chord, share_outside_mode, written_bars
from charrnn.notation.tune import Tune

PASSAGE = 32  # notes: four bars of a reel, a phrase that a player would recognise
NEW_RHYTHMS = Fraction(1, 4)  # of the bars
LOWEST, HIGHEST = 55, 86  # g on the fiddle's lowest string, d''' on its highest in the third position
NARROWEST = 9  # semitones
OUTSIDE_MODE = Fraction(1, 16)  # of the notes


@dataclass(frozen=True, slots=True)
class Gates:
    plagiarism: bool
    rhythm: bool
    range: bool
    mode: bool

    @property
    def all(self) -> bool:
        return self.plagiarism and self.rhythm and self.range and self.mode


def pass_gates(tune: Tune, found: Originality, bars_add_up: bool, known: frozenset[Pattern]) -> Gates:
    """Which gates a tune passes, from what was found of it in training, whether its bars add up, and the rhythms of
    training's bars."""
    return Gates(
        plagiarism=not found.is_copy and (found.longest is None or found.longest.notes < PASSAGE),
        rhythm=bars_add_up and share_of_new_rhythms(tune, known) <= NEW_RHYTHMS,
        range=is_in_range(tune),
        mode=is_in_mode(tune),
    )


def share_of_new_rhythms(tune: Tune, known: frozenset[Pattern]) -> Fraction:
    """Share of the full bars with a rhythm that is not among the known ones."""
    bars = [bar for bar in written_bars(tune) if bar.is_full]
    return Fraction(sum(bar.pattern not in known for bar in bars), len(bars)) if bars else Fraction(0)


def is_in_range(tune: Tune) -> bool:
    found = compass(tune)
    return is_in_compass(found) and found is not None and found[1] - found[0] >= NARROWEST


def is_in_compass(found: tuple[int, int] | None) -> bool:
    """Whether a fiddle can play from the lowest to the highest pitch."""
    return found is not None and found[0] >= LOWEST and found[1] <= HIGHEST


def is_in_mode(tune: Tune) -> bool:
    return share_outside_mode(tune) <= OUTSIDE_MODE and ends_on_tonic_chord(tune)
