"""Tunes for an instrument: every note is one that it has, whatever the model wants, and there is no dead end."""

import random as randomness
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn.grammar.automaton import END, Grammar
from charrnn.grammar.bar import IMPOSSIBLE
from charrnn.grammar.compass import Compass, Mark, notes_of
from charrnn.grammar.form import Parts
from charrnn.grammar.start import Start, keep_to, read_seed
from charrnn.inference.draws import Sampling, draw
from charrnn.inference.guides import GrammarGuide, masks_for
from charrnn.model.vocabulary import ALPHABET
from charrnn.notation.instruments.layouts import Range
from charrnn.notation.instruments.table import INSTRUMENTS, FolkInstrument
from charrnn.notation.keys import MAX_FIFTHS, MODE_FIFTHS, SHARP_ORDER, Key, parse_key, tonic_fifths
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Change, Place
from charrnn.notation.writing.canonical import canonical_prefix
from charrnn.render.beyond import notes_beyond
from tests.grammar.test_grammar import FORMS, GRAMMAR, METERS, UNITS, allowed, is_right, texts_from, written
from tests.support.examples import at_most
from tests.support.tunes import ANY_TEXT

OUTER = FolkInstrument("outer", "Outer octaves", 0, "F#dor", Range(48, 95, frozenset(range(60, 84))))  # marks alone
BY_NAME = {instrument.name: instrument for instrument in (*INSTRUMENTS, OUTER)}
KEYS = [
    str(Key(letter + sign, mode))
    for letter, sign, mode in product(SHARP_ORDER, ("", "#", "b"), MODE_FIFTHS)
    if mode not in ("ion", "aeo") and abs(tonic_fifths(letter + sign) + MODE_FIFTHS[mode]) <= MAX_FIFTHS
] + ["none", "HP", "D exp _b ^f", "Dphr ^f"]  # fmt: skip

instruments = st.sampled_from([*BY_NAME.values()])
keys = st.sampled_from(KEYS)


def header(key: str, meter: str = "4/4", unit: str = "1/8") -> str:
    return f"M:{meter}\nL:{unit}\nK:{key}\n"


def start_for(instrument: FolkInstrument, head: str, music: str = "", form: Parts | None = None) -> Start:
    return keep_to(GRAMMAR, read_seed(GRAMMAR, head, music, form), notes_of(instrument), head, music, music)


def after(music: str, instrument: str = "whistle", key: str = "D") -> set[str]:
    return allowed(start_for(BY_NAME[instrument], header(key), music).position)


def foreign(text: str, instrument: FolkInstrument, behind: int = 0) -> list[str]:
    """Notes of the last line, from a column on, that the instrument does not have."""
    last = Place(text.count("\n") + 1, behind + 1)
    return [f"{one.place}: {one}" for one in notes_beyond(parse(text), instrument) if one.place >= last]


# -- whatever the model wants


@given(
    instrument=instruments, key=keys, meter=st.sampled_from(METERS), unit=st.sampled_from(UNITS),
    form=st.sampled_from(FORMS), length=st.integers(1, 300), seed=st.integers(0, 10**6),
)  # fmt: skip
@at_most(12)
def test_random_tunes_stay_within_the_instrument(
    instrument: FolkInstrument, key: str, meter: str, unit: str, form: Parts | None, length: int, seed: int
) -> None:
    head = header(key, meter, unit)
    start = start_for(instrument, head, form=form)
    assert GRAMMAR.cost(start.position) == GRAMMAR.cost(read_seed(GRAMMAR, head, "", form).position)
    music = written(start.position, 600 if form else length, seed)
    tune = parse(head + music)
    assert foreign(head + music, instrument) == [], music
    assert is_right(tune), music
    assert len(music) <= (600 if form else max(length, GRAMMAR.cost(start.position)))
    assert canonical_prefix(music) == music
    changes = [element.value for element in tune.elements if isinstance(element, Change)]
    assert {str(value) for value in changes if isinstance(value, Key)} <= set(instrument.keys)


@given(
    instrument=instruments, key=keys, meter=st.sampled_from(METERS), length=st.integers(1, 200),
    temperature=st.sampled_from([0.0, 0.05, 1.0, 2.0]), seed=st.integers(0, 10**6),
)  # fmt: skip
@at_most(12)
def test_masked_random_logits_stay_within_the_instrument(
    instrument: FolkInstrument, key: str, meter: str, length: int, temperature: float, seed: int
) -> None:
    random, head, masks = np.random.default_rng(seed), header(key, meter), masks_for(ALPHABET)
    start = keep_to(masks.grammar, read_seed(masks.grammar, head, ""), notes_of(instrument), head, "", "")
    guide, music = GrammarGuide(masks, start, length), ""
    while guide.left:
        mask = guide.mask()
        assert mask.any()
        logits = random.normal(scale=10, size=len(ALPHABET)) / (temperature or 1)
        weights = np.exp(logits - logits.max()).astype(np.float32)
        index = draw(weights / weights.sum(), Sampling(temperature), random, mask).index
        guide.advance(index)
        if ALPHABET[index] == END:
            break
        music += ALPHABET[index]
    assert foreign(head + music, instrument) == [], music
    assert is_right(parse(head + music)), music


@given(
    instrument=instruments, key=keys, text=ANY_TEXT, form=st.sampled_from(FORMS), meter=st.sampled_from(METERS),
    seed=st.integers(0, 10**6),
)  # fmt: skip
@at_most(12)
def test_notes_after_any_seed_fit_the_instrument(
    instrument: FolkInstrument, key: str, text: str, form: Parts | None, meter: str, seed: int
) -> None:
    head, prefix = header(key, meter), canonical_prefix(text.replace(":", "", text.startswith(":")))
    start = start_for(instrument, head, prefix, form)
    music = start.bridge + written(start.position, 60, seed)
    begun = len(prefix.rstrip("^_="))
    assert foreign(head + prefix + music, instrument, begun) == [], (prefix, music)


@given(instrument=instruments, key=keys, length=st.integers(1, 60), seed=st.integers(0, 10**6))
@at_most(10)
def test_each_cost_is_that_of_the_next_step(instrument: FolkInstrument, key: str, length: int, seed: int) -> None:
    random, fresh, head = randomness.Random(seed), Grammar(ALPHABET), header(key)
    position = start_for(instrument, head).position
    slow = keep_to(fresh, read_seed(fresh, head, ""), notes_of(instrument), head, "", "").position
    for _ in range(length):
        costs = [cost + position.base for cost in GRAMMAR.costs(position)]
        assert costs == [cost + slow.base for cost in fresh.costs(slow)] or min(costs) >= IMPOSSIBLE
        for character, cost in zip(ALPHABET, costs, strict=True):
            following = fresh.try_advance(slow, character)
            if cost < IMPOSSIBLE:
                assert following is not None
                assert fresh.cost(following) <= cost, character
            assert character == END or following is None or cost < IMPOSSIBLE
        characters = [character for character, cost in zip(ALPHABET, costs, strict=True) if cost < IMPOSSIBLE]
        if not characters:
            assert GRAMMAR.may_end(position)
            return
        character = random.choice(characters)
        position, slow = GRAMMAR.advance(position, character), fresh.advance(slow, character)


# -- every text of a small alphabet


@pytest.mark.parametrize("instrument", ["whistle", "pipes", "harmonica-d", "harmonica-g", "recorder", "outer"])
@pytest.mark.parametrize(
    ("prefix", "alphabet", "most", "key"),
    [
        ("", "Cc'^=|]2", 6, "D"),
        ("B4|", "Gg_^z|]", 6, "Eb"),
        ("A2|^c2|", "cC=2-|]", 6, "G"),
        ("=c2", "dcB,2|]", 6, "A"),
        ("c-", "c',=2|]", 6, "Dmix"),
        ("^", "^fc'_|]2", 5, "C"),
    ],
)
def test_the_grammar_offers_exactly_the_instruments_texts(
    instrument: str, prefix: str, alphabet: str, most: int, key: str
) -> None:
    """What the grammar for any instrument offers, without the texts whose notes leave the instrument."""
    head = header(key, "2/4", "1/4")
    start = start_for(BY_NAME[instrument], head, prefix)
    assert start.bridge == ""
    offered = texts_from(start.position, alphabet, most)
    every = texts_from(read_seed(GRAMMAR, head, prefix).position, alphabet, most)
    begun = len(prefix.rstrip("^_="))  # where the first note stands that is not the seed's alone
    within = {text for text in every if not foreign(head + prefix + text, BY_NAME[instrument], begun)}
    assert offered == within
    assert offered


# -- one symbol after another


@pytest.mark.parametrize(
    ("music", "may", "may_not", "instrument", "key"),
    [
        ("", "DEFGABcdefgabc^_=z(", "C[", "whistle", "D"),  # no chords, nothing under the lowest note
        ("", "DEFG", "", "concertina", "Cb"),
        ("d", "2|e-", "'", "whistle", "D"),
        ("c", "2'", ",", "whistle", "D"),
        ("^", "cfB", "dgaDGA", "whistle", "D"),
        ("=", "cBEA", "fFC", "whistle", "D"),
        ("=c", "c2'", "[,", "whistle", "D"),
        ("G", "2A,", "'", "fiddle", "G"),
        ("F", "2A", ",", "fiddle", "G"),
        ("A", ",2", "", "fiddle", "G"),
        ("^c2=c", "c", "", "whistle", "G"),
    ],
)
def test_what_may_follow_for_an_instrument(music: str, may: str, may_not: str, instrument: str, key: str) -> None:
    following = after(music, instrument, key)
    assert set(may) <= following
    assert not set(may_not) & following


def test_a_letter_outside_waits_for_its_octave_mark() -> None:
    start = start_for(OUTER, header("C"), "A8|").position
    costs = dict(zip(ALPHABET, GRAMMAR.costs(start), strict=True))
    assert costs["c"] == costs["z"] + 1
    assert allowed(GRAMMAR.advance(start, "c")) == {"'"}
    assert allowed(GRAMMAR.advance(GRAMMAR.advance(start, "_"), "D")) == {","}


def test_an_accidental_holds_until_the_bar_ends() -> None:
    assert "f" not in after("f2", "whistle", "C") | after("", "whistle", "C")
    assert "f" in after("^f2", "whistle", "C")
    assert "f" not in after("^f8|", "whistle", "C")
    assert "c" in after("^c2", "pipes", "C")


def test_graces_alter_the_letters_after_them() -> None:
    head, typed = header("C"), "A2 {^f}"
    prefix = canonical_prefix(typed)
    start = read_seed(GRAMMAR, head, prefix, is_closed=True, has_graces=True)
    kept = keep_to(GRAMMAR, start, notes_of(BY_NAME["whistle"]), head, prefix, typed, has_graces=True)
    assert "f" in allowed(kept.position)
    assert "f" not in after("A2", "whistle", "C")


def test_keys_within_a_tune_are_usual_ones() -> None:
    position = start_for(BY_NAME["whistle"], header("D"), "A8|").position
    for character in "[K:":
        position = GRAMMAR.advance(position, character)
    assert allowed(position) == {"D", "G", "E", "B", "A"}
    position = start_for(BY_NAME["whistle"], header("D"), "A8|[K:F").position
    assert "]" in allowed(position)  # a person's key is kept


@pytest.mark.parametrize(
    ("seed", "bridge"),
    [
        ("[", "A]"),
        ("A8|[", "A]"),
        ("[C", "]"),
        ("[CE", "]"),
        ("[^", "B]"),
        ("[C^", "B]"),
        ("A", ""),
        ("[CE]", ""),
        ("[CE]2", ""),
    ],
)
def test_an_open_chord_is_closed(seed: str, bridge: str) -> None:
    assert start_for(BY_NAME["whistle"], header("D"), seed).bridge == bridge


def test_a_tied_note_is_held_whatever_it_is() -> None:
    assert "_" not in after("_e-", "whistle", "D")
    assert "e" in after("_e-", "whistle", "D")
    assert "e" in after("_e8-|", "whistle", "D")


def test_without_an_instrument_no_node_knows_a_compass() -> None:
    position = read_seed(GRAMMAR, header("D"), "").position
    for character in "^c2d8|":
        assert position.node.compass is None
        following = GRAMMAR.try_advance(position, character)
        position = following or position


def test_every_instrument_has_notes_for_every_accidental() -> None:
    for instrument in INSTRUMENTS:
        for accidental in ("^", "_", "=", "^^", "__"):
            position = start_for(instrument, header("C"), accidental).position
            assert allowed(position) & set("ABCDEFGabcdefg"), (instrument.name, accidental)


def test_the_mark_that_is_due_is_told() -> None:
    compass = Compass.at_start(notes_of(BY_NAME["fiddle"]), parse_key("C"))
    assert compass.mark_after("F", 0) is Mark.NO
    assert compass.mark_after("G", 0) is Mark.MAY
    assert compass.mark_after("d", 2) is Mark.NO
    low = Compass.at_start(notes_of(BY_NAME["harmonica-g"]), parse_key("C"))
    assert low.mark_after("B", 0) is Mark.MAY
    assert low.mark_after("E", 0) is None
    assert Compass.at_start(notes_of(OUTER), parse_key("C")).mark_after("e", 0) is Mark.MUST
