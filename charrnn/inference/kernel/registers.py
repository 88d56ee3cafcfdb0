"""Numbers that stand for something: the registers of a row, its stages, and what tables say instead of an answer."""

FREE, BY_GRAMMAR, BY_MASK = range(3)  # what offers the characters
DIVISOR, REPETITION = range(2)  # places in a row of ``Rows.settings``, as ``draws.Sampling.settings`` has them
# What a row has: probabilities; a character; its place; gone back in this turn; come to an end.
READY, CAME_IN, FOLLOWED, WENT_BACK, DONE = range(5)
NO_PROBABILITIES, NOTHING_ALLOWED = 1, 2
# Registers of a row. CAME: the character that came in. SEEN: how many were read. GIVEN of the GIVENS characters to be
# read, BRIDGE of the BRIDGES and RANDOM of the random numbers are used; KEPT characters of this row are in
# ``Rows.written``. LEFT: how many the grammar may write, ROOM: how many the line may.
# For bars in tries: each is written TIMES times (0: there are no tries), and has been TRIED times; BAR_ENDS with the
# character that came. The first SETTLED of the characters kept stay; WRITTEN more are of the try under way. IS_SAVED:
# there is a copy to go back to. CLOSES are the sections that are to close on the letter TONIC, as bits; HAS_CLOSED: the
# best try does. JUDGE is the number of the judge of phrases; of the music that stood before, WHOLE characters are of
# whole bars, and BEGUN of one that goes on.
(
    PHASE, CLOCK, PLAN, SECTIONS, FRAME, NODE, PITCH, KIND, LEFT, ROOM, STAGE, CAME, SEEN, GIVEN, GIVENS, KEPT, RANDOM,
    BRIDGE, BRIDGES, FOLLOWS, GREEDY, FAULT, ENDED, END, TIMES, TRIED, BAR_ENDS, SETTLED, WRITTEN, IS_SAVED, CLOSES,
    TONIC, HAS_CLOSED, JUDGE, WHOLE, BEGUN, REGISTERS,
) = range(37)  # fmt: skip
NO_JUDGE = -1
MOST_BARS, MOST_SECTIONS, IMPOSSIBLE = 32, 8, 1 << 20  # those of ``model.position.plan`` and ``grammar.bar``
MOST_NODES = 20_000  # and frames, and other states: more have no numbers
# In ``next``: nobody has asked; see the crossings; see the ties; see the state of the next bar, which is in the
# crossings, by END instead of the character: it comes after a bar line that is complete.
UNKNOWN, CROSSES, TIES, PASSES = -1, -2, -3, -4
NEVER, BY_FRAME, ALWAYS = range(3)  # whether the tune may end at a node
MARK = -2  # in ``pitches``: an octave mark
NO_LETTER, ACCIDENTAL = -1, -2  # in ``letters``
MOST_TRIES, LONGEST_TRY = 4, 128  # more of a bar that does not close as it is to; characters of a try
MOST_CLOSES = 63  # bits of a register
START, BEST = range(2)  # copies of a row: where a bar begins; after its best try so far
# Of what a row has heard (``Ears.heard``): bars; the lengths of the texts of their degrees, steps and rhythms; the
# place of the next bar in its section; the last pitch; how many first degrees of bars are known, the last but one and
# the last of them; bars that sections ended with; the length of the bar line after the last bar.
BARS, DEGREES, STEPS, RHYTHMS, PLACE, LAST_PITCH, FIRSTS, FIRST_BEFORE, FIRST_LAST, ENDS, LINE, HEARD = range(12)
NO_PITCH = 1 << 20
# Of a bar: where its degrees and its rhythm begin in their texts, hashes of these and of its melody, how many notes.
DEGREES_AT, RHYTHM_AT, DEGREES_HASH, RHYTHM_HASH, MELODY_HASH, NOTES, OF_BAR = range(7)
# What names of features begin with and a header decides, as states of their hash: "R" with meter, "R" with rhythm, "RR"
# with meter, "nn" with meter; two whole names: a section begins without a pick-up, and with one.
R_METER, R_RHYTHM, RR_METER, NN_METER, NO_PICK_UP, PICK_UP, WORDS = range(7)
