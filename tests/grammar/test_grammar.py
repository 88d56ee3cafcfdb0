"""What the sampler may write: always right, never at a dead end, and as free as the notation lets it be."""

import random as randomness
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn.grammar.automaton import END, Grammar, Position
from charrnn.grammar.bar import IMPOSSIBLE
from charrnn.grammar.form import Form, Part, Parts
from charrnn.grammar.start import read_seed
from charrnn.inference.draws import Sampling, draw
from charrnn.inference.guides import GrammarGuide, masks_for
from charrnn.model.vocabulary import ALPHABET
from charrnn.notation.bars import bar_problems
from charrnn.notation.order.repeats import Section, play_order, sections
from charrnn.notation.reading.parser import parse
from charrnn.notation.symbols import bar_line
from charrnn.notation.tokens import lex
from charrnn.notation.tune import BarLine, Change, Meter, Note, Place, Rest, Tune
from charrnn.notation.writing.canonical import canonical_prefix, finished
from charrnn.render.problems import problems
from tests.support.examples import at_most
from tests.support.tunes import ANY_TEXT

GRAMMAR = Grammar(ALPHABET)
METERS = ("2/4", "3/4", "4/4", "2/2", "3/2", "6/4", "3/8", "6/8", "9/8", "12/8", "5/4", "5/8", "7/8", "1/4", "11/16")
UNITS = ("1/4", "1/8", "1/16", "1/2")
ASKED = (
    Form(8, "AABB"), Form(4, "ABAB"), Form(8, "A"), Form(4, "AA"), Form(2, "AAB"), Form(2, "ABC"), Form(3, "ABB"),
    Form(1, "AABB"), Form(1, "A"), Form(2, "AABBCC"),
)  # fmt: skip
FREE = ((Part(4), Part(2)), (Part(1),), (Part(3),), (Part(2), Part(1), Part(2)))  # repeated or not
FORMS: tuple[Parts | None, ...] = (None, *(form.plan() for form in ASKED), *FREE)


def header(meter: str = "4/4", unit: str = "1/8") -> str:
    return f"M:{meter}\nL:{unit}\nK:G\n"


def at(music: str, meter: str = "4/4", unit: str = "1/8", form: Parts | None = None) -> Position:
    return read_seed(GRAMMAR, header(meter, unit), music, form).position


def allowed(position: Position, left: int = 4_000) -> set[str]:
    """The characters behind which the tune can be completed with ``left - 1`` more."""
    costs = zip(ALPHABET, GRAMMAR.costs(position), strict=True)
    found = {character for character, cost in costs if cost + position.base <= left - 1}
    return found | ({END} if GRAMMAR.may_end(position) else set())


def after(music: str, meter: str = "4/4", unit: str = "1/8", form: Parts | None = None) -> set[str]:
    return allowed(at(music, meter, unit, form))


def written(start: Position, length: int, seed: int = 0) -> str:
    """What a model without any idea writes: each allowed character is as likely as the next."""
    random, music, position = randomness.Random(seed), "", start
    most = max(length, GRAMMAR.cost(start))
    while True:
        characters = sorted(allowed(position, most - len(music)))
        assert characters, f"a dead end behind {music!r}"
        character = random.choice(characters)
        if character == END:
            return music
        music += character
        position = GRAMMAR.advance(position, character)


# -- the judge: an independent reading of what a right tune is


@dataclass
class Played:
    """The bars in the order of playing: for each, how long it is and how long the meter wants it. A bar that a double
    bar, a repeat sign or an ending divides is one bar."""

    bars: list[tuple[Fraction, Fraction]] = field(default_factory=list)
    carried: Fraction = Fraction(0)  # how far a bar was filled where the last part began


def as_played(tune: Tune) -> Played:
    played, filled, full = Played(), Fraction(0), tune.meter.bar or Fraction(0)
    for index in play_order(tune.elements):
        element = tune.elements[index]
        if isinstance(element, Note | Rest):
            filled += element.duration
        elif isinstance(element, Change) and isinstance(element.value, Meter):
            full = element.value.bar or Fraction(0)
        elif isinstance(element, BarLine) and filled:
            is_pick_up_before_a_part = not played.bars and filled < full
            if element.is_plain or filled >= full or is_pick_up_before_a_part:
                played.bars.append((filled, full))
                filled = Fraction(0)
            if not element.is_plain and index < len(tune.elements) - 1:
                played.carried = filled
    if filled:
        played.bars.append((filled, full))
    return played


def is_right(tune: Tune) -> bool:
    """Its bars are full as they are played, but for a pick-up of up to half a bar and what the end is short by in
    return; repeats and endings come in pairs; it ends."""
    last = tune.elements[-1] if tune.elements else None
    if tune.problems or tune.remarks:  # a sign that the reader completes is one left out
        return False
    played = as_played(tune)
    if not played.bars or problems(tune):
        return False
    pick_up, full = played.bars[0]
    end, end_full = played.bars[-1]
    ends_well = end in (end_full, end_full - pick_up, played.carried) if len(played.bars) > 1 else end == end_full
    return (
        ends_well
        and (pick_up == full or pick_up <= full / 2)
        and all(filled == wanted for filled, wanted in played.bars[1:-1])
        and isinstance(last, BarLine)
        and (last.style == "final" or last.closes_repeat)
        and all(is_right_section(section, tune) for section in sections(tune.elements))
    )


def is_right_section(section: Section, tune: Tune) -> bool:
    """A repeat is closed, and lasts a bar at least; a first ending has its second."""
    if not section.repeats and not section.endings:
        return not section.opened
    lasts_a_bar = length(tune, section.start, section.end) >= (tune.meter.bar or 0)
    if not section.endings:
        return lasts_a_bar
    (first, start), (second, middle) = section.endings if len(section.endings) == 2 else [((), 0)] * 2
    closing = tune.elements[middle - 1]
    return (
        lasts_a_bar
        and (first, second) == ((1,), (2,))
        and isinstance(closing, BarLine)
        and closing.closes_repeat
        and length(tune, start, middle) > 0
        and length(tune, middle, section.end) > 0
        and length(tune, section.start, start) > 0
    )


def length(tune: Tune, first: int, end: int) -> Fraction:
    sounding = (element.duration for element in tune.elements[first:end] if isinstance(element, Note | Rest))
    return sum(sounding, Fraction(0))


# -- whatever the model wants


@given(
    meter=st.sampled_from(METERS),
    unit=st.sampled_from(UNITS),
    form=st.sampled_from(FORMS),
    length=st.integers(1, 300),
    seed=st.integers(0, 10**6),
)
@at_most(15)
def test_from_random_logits_every_tune_is_right(
    meter: str, unit: str, form: Parts | None, length: int, seed: int
) -> None:
    start = at("", meter, unit, form)
    music = written(start, 600 if form else length, seed=seed)
    tune = parse(header(meter, unit) + music)
    assert is_right(tune), (music, [str(problem) for problem in problems(tune)])
    assert len(music) <= (600 if form else max(length, GRAMMAR.cost(start)))
    assert canonical_prefix(music) == music


@given(
    meter=st.sampled_from(METERS),
    unit=st.sampled_from(UNITS),
    length=st.integers(1, 200),
    temperature=st.sampled_from([0.0, 0.05, 1.0, 2.0]),
    seed=st.integers(0, 10**6),
)
@at_most(15)
def test_masked_random_logits_yield_only_full_bars(
    meter: str, unit: str, length: int, temperature: float, seed: int
) -> None:
    """The way that a tune takes in the program: no mask is ever empty, and what comes is right to the last bar."""
    random, head = np.random.default_rng(seed), header(meter, unit)
    guide, music = GrammarGuide(masks_for(ALPHABET), read_seed(masks_for(ALPHABET).grammar, head, ""), length), ""
    while guide.left:
        mask = guide.mask()
        assert mask.any()
        logits = random.normal(scale=10, size=len(ALPHABET)) / (temperature or 1)
        weights = np.exp(logits - logits.max()).astype(np.float32)  # most of them round to nothing
        index = draw(weights / weights.sum(), Sampling(temperature), random, mask).index
        guide.advance(index)
        if ALPHABET[index] == END:
            break
        music += ALPHABET[index]
    tune = parse(head + music)
    assert is_right(tune), (music, [str(problem) for problem in problems(tune)])
    assert bar_problems(tune) == []


@given(
    seed=st.integers(0, 10**6), length=st.integers(1, 60), meter=st.sampled_from(METERS), form=st.sampled_from(FORMS)
)
@at_most(10)
def test_cached_masks_equal_those_of_a_fresh_grammar(seed: int, length: int, meter: str, form: Parts | None) -> None:
    """What the shared grammar remembers from other tunes changes nothing, and each cost is that of the next step."""
    random, position, fresh = randomness.Random(seed), at("", meter, form=form), Grammar(ALPHABET)
    slow = read_seed(fresh, header(meter), "", form).position
    for _ in range(length):
        costs = [cost + position.base for cost in GRAMMAR.costs(position)]
        assert costs == [cost + slow.base for cost in fresh.costs(slow)] or min(costs) >= IMPOSSIBLE
        best = min(costs)
        for character, cost in zip(ALPHABET, costs, strict=True):
            following = fresh.try_advance(slow, character)
            if cost < IMPOSSIBLE:
                assert following is not None
                assert fresh.cost(following) <= cost, character
            assert character == END or following is None or cost < IMPOSSIBLE or best >= IMPOSSIBLE
        characters = [character for character, cost in zip(ALPHABET, costs, strict=True) if cost < IMPOSSIBLE]
        if not characters:
            assert GRAMMAR.may_end(position)
            return
        character = random.choice(characters)
        position, slow = GRAMMAR.advance(position, character), fresh.advance(slow, character)


@given(
    seed=st.integers(0, 10**6), length=st.integers(0, 30), meter=st.sampled_from(METERS), text=st.sampled_from(ALPHABET)
)
@at_most(50)
def test_characters_alike_lead_to_one_node(seed: int, length: int, meter: str, text: str) -> None:
    random, position = randomness.Random(seed), at("", meter)
    for _ in range(length):
        offered = sorted(allowed(position))
        if not offered:
            return
        position = GRAMMAR.advance(position, random.choice(offered))
    following = [GRAMMAR.try_advance(position, character) for character in GRAMMAR.alike(position, text)]
    assert len({after and id(after.node) for after in following}) == 1


def test_most_letters_are_alike() -> None:
    assert GRAMMAR.alike(at("A2"), "c") == "abcdefg"
    assert GRAMMAR.alike(at("A2"), "C") == "ABCDEFG"
    assert GRAMMAR.alike(at("A2-"), "A") == "A"
    assert GRAMMAR.alike(at("A2"), "|") == "|"


# -- the judge and the grammar, over every text of a small alphabet


def right_texts(prefix: str, alphabet: str, most: int, head: str) -> set[str]:
    """What may stand behind the prefix, in so many characters at most, so that the judge takes the tune for right."""
    texts = (
        "".join(characters) + last
        for length in range(most)
        for characters in product(alphabet, repeat=length)
        for last in "|]"
    )
    return {text for text in texts if is_right_and_canonical(head, prefix + text)}


def is_right_and_canonical(head: str, music: str) -> bool:
    if canonical_prefix(music) != music:
        return False
    tune = parse(head + music)
    if not is_right(tune):
        return False
    pieces = [
        bar_line(token.text, Place(token.line, token.column)) if token.kind == "bar" else token.text
        for token in lex(head + music)
        if token.kind not in ("field line", "newline")
    ]
    return "".join(map(str, finished(pieces, tune))) == music  # repeats are opened and closed


def texts_from(position: Position, alphabet: str, most: int) -> set[str]:
    """What the grammar leads to after a position, in so many of these characters at most."""
    found, waiting = set(), [("", position)]
    while waiting:
        text, place = waiting.pop()
        if text and GRAMMAR.may_end(place):
            found.add(text)
        if len(text) < most:
            waiting += [(text + one, GRAMMAR.advance(place, one)) for one in allowed(place) & set(alphabet)]
    return found


@pytest.mark.parametrize(
    ("prefix", "alphabet", "most", "unit"),
    [
        ("", "A2/|:]", 6, "1/4"),
        ("|:A|1A", "A|:2]", 6, "1/2"),
        ("|:A|A2|1A", "A|:2]", 6, "1/4"),
        ("A2|", "A3(:|]", 6, "1/4"),
        ("A2", "AB-<>|]", 5, "1/4"),
        ("", "A^z|]", 6, "1/2"),
    ],
)
def test_the_grammar_offers_exactly_what_the_judge_accepts(prefix: str, alphabet: str, most: int, unit: str) -> None:
    head = header("2/4", unit)
    offered = texts_from(read_seed(GRAMMAR, head, prefix).position, alphabet, most)
    assert offered == right_texts(prefix, alphabet, most, head)
    assert offered


# -- one symbol after another

BARS = [  # what is written, what may follow among these characters, what may not
    ("", "A^z([|", "2:]-><\n"),
    ("G", "A2/|z([,>-", "':]\n"),
    ("c8", "|-", "A2z(>"),
    ("c8|", "A|:][", "12\n"),
    ("A8|c4", "A(->z^5", "/:"),
    ("A8|c7", "A/-(", ">3:"),
    ("(3AB", "cz[2", "|(:]"),
    ("(3ABc", "A|4/-", ">"),
    ("A>", "B>z[-", "|("),
    ("A2>", "B", "|("),
    ("A>B", "c|-", "><"),
    ("A-", "A>(|", "Bz[^"),
    ("c'-", "c", "dz^"),
    ("[CE", "G],", "2|z-"),
    ("[C2E", "2", "]G4"),
    ("[CE]", "2|A>", "-]"),
    ("^", "^A", "=|z2"),
    ("_", "_A", "^"),
    ("C,", "2|", ",'"),
    ("c'", "2|", ",'"),
    ("|:A|", "A[", ":|"),
    ("|:A|B8|", "c", ":|]"),
    ("|:A|B8|c7", ":-d", "|2]"),
    ("|:A|B8|c7:", "|:", "]A"),
    ("|:A|B8|c7:|", "d[\n", ":|]12"),
    ("|:A8|", "B1", ":|]2"),
    ("|:A8|1B8:|", "2", "A:|1\n"),
    ("|:A8|1B8:|2", "C[", "|1\n"),
    ("|:A8|1B8:|2C8|", "]|:A", "2\n"),
    ("A8|]", "\nB", "|:]"),
    ("A8||", "B[", "|:\n"),
    ("A8|[K:D]", "A|[", ":]2\n"),
    ("A8|[M:", "369", "A]0"),
    ("A8|[M:3/4]", "A[|", "2]"),
    ("A8|[M:3/4]B6", "|", "Bz2"),
]


@pytest.mark.parametrize(("music", "may", "may_not"), BARS)
def test_what_may_follow(music: str, may: str, may_not: str) -> None:
    following = after(music)
    assert set(may) <= following
    assert not set(may_not) & following


@pytest.mark.parametrize(("meter", "q"), [("6/8", 3), ("4/4", 2)])
def test_the_meter_decides_how_long_quintuplets_last(meter: str, q: int) -> None:
    units = {"6/8": 6, "4/4": 8}[meter]
    assert set("|") <= after(f"(5ABcde{'f' if units - q == 1 else f'f{units - q}'}", meter)


def test_a_quintuplet_in_three_four_states_its_time() -> None:
    assert ":" in after("(5", "3/4")
    assert "A" not in after("(5", "3/4")
    assert "A" in after("(5:2", "3/4")


def test_a_tie_over_a_bar_line_is_kept() -> None:
    assert after("A7c-|") & set("abcABCz^[(|:") == set("c(")


@pytest.mark.parametrize(
    ("one", "other"),
    [("A2", "d'2"), ("B,/", "c/"), ("[CE]", "[GB]"), ("[CE]", "[EC]"), ("[CEG", "[ECG"), ("D2A", "D2C")],
)
def test_what_goes_on_alike_shares_a_node(one: str, other: str) -> None:
    assert at(one).node is at(other).node


@pytest.mark.parametrize(("one", "other"), [("A2", "z2"), ("A,", "A"), ("[CE", "[CG"), ("a-a2", "b-b2")])
def test_what_goes_on_differently_shares_none(one: str, other: str) -> None:
    assert at(one).node is not at(other).node


def test_free_meter_bars_may_end_after_any_note() -> None:
    assert set("A|2") <= after("ABc", "none")
    for seed in range(10):
        tune = parse(header("none") + written(at("", "none"), 60, seed=seed))
        assert problems(tune) == []
        assert str(tune.elements[-1]) in ("|]", ":|")


def test_keys_are_spelled_as_in_the_header() -> None:
    position = at("A8|[K:")
    for character in "Bbmix":
        assert character in allowed(position)
        position = GRAMMAR.advance(position, character)
    assert allowed(position) == {"]"}


# -- length and form


@pytest.mark.parametrize("music", ["", "A", "|:A|", "|:A8|1", "(3A", "[C", "A>", "c-", "^"])
def test_the_tune_fits_into_the_shortest_possible_length(music: str) -> None:
    start = at(music)
    shortest = GRAMMAR.cost(start)
    for seed in range(20):
        text = written(start, shortest, seed=seed)
        assert len(text) <= shortest
        assert is_right(parse(header() + music + text)), text


def test_the_last_characters_allow_only_the_shortest_ending() -> None:
    assert allowed(at("|:A8|1A8"), left=len(":|2C8|]")) == {":"}


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Form(2, "AABB").plan(), "|:A8|A8::A8|A8:|"),
        (Form(2, "ABAB").plan(), "|:A8|A8||A8|A8:|"),
        (Form(2, "AA").plan(), "|:A8|A8:|"),
        (Form(2, "A").plan(), "A8|A8|]"),
        (Form(1, "AABC").plan(), "|:A8:|A8||A8|]"),
        (Form(1, "ABB").plan(), "A8|:A8:|"),
        (None, "|:A8:|"),
    ],
)
def test_a_form_is_written_with_its_repeats(form: Parts | None, text: str) -> None:
    assert shortest_way(at("", form=form), "A8|:]") == text


def shortest_way(position: Position, alphabet: str) -> str:
    """The shortest text in an alphabet that ends the tune, pick-ups left out."""
    text = ""
    while not GRAMMAR.may_end(position):
        costs = {character: GRAMMAR.costs(position)[ALPHABET.index(character)] for character in alphabet}
        character = min(alphabet, key=lambda character: costs[character])
        if not text and "|" in allowed(position):
            character = "|"
        elif text.removeprefix("|:") == "A":  # else it would be a pick-up
            character = "8"
        text += character
        position = GRAMMAR.advance(position, character)
    return text


@given(form=st.sampled_from(ASKED), seed=st.integers(0, 10**6))
@at_most(8)
def test_each_part_has_the_forms_number_of_bars(form: Form, seed: int) -> None:
    tune = parse(header() + written(at("", form=form.plan()), 4_000, seed=seed))
    bars = sum((filled for filled, _ in as_played(tune).bars), Fraction(0))
    pick_up, full = as_played(tune).bars[0]
    wanted = form.bars * len(form.parts) * full
    assert wanted - full < bars - (pick_up if pick_up < full else 0) <= wanted


def test_a_part_may_be_repeated_or_not() -> None:
    two = (Part(2), Part(1))
    assert allowed(at("A8|A8", form=two)) >= {"|"}
    assert ":" not in allowed(at("A8|A8", form=two))
    assert {"|", ":"} & allowed(at("|:A8|A8", form=two)) == {":"}
    for text in ("A8|A8||A8|]", "A8|A8|:A8:|", "|:A8|A8:|A8|]", "|:A8|A8::A8:|", "|:A4|A8|A8::A4:|", "A4|:A8|A8:|A4|]"):
        assert GRAMMAR.may_end(at(text, form=two)), text
    assert ":" not in allowed(at("A8|A8||A8", form=two))


# -- seeds


@pytest.mark.parametrize(
    ("music", "may", "may_not"),
    [
        ("ABcd efga b", "|", "2A:"),  # the bar is too long: it ends at once
        ("ABcd|efga|ABcd", "|e2", ":"),  # a short bar inside: the next one is right
        ("ABcd|efga|", "A", "\n"),
        (":|:|", "A", "2"),
        ("[2A", "B", "\n"),
        ("|:A8||", "B", "\n"),
        ("A8|]", "\nB", "]"),
        ("Z", "|", "A2"),
        ("A8|Z|", "B", "\n"),
        ("A4(3Bcd efg", "|", "ab"),
        ("c''", "A|", "'"),
    ],
)
def test_a_wrong_seed_is_kept_and_continued_correctly(music: str, may: str, may_not: str) -> None:
    following = after(canonical_prefix(music))
    assert set(may) <= following
    assert not set(may_not) & following


def test_a_seeds_first_ending_gets_a_second() -> None:
    assert read_seed(GRAMMAR, header(), "|:A8|1B7:|").bridge == "2"
    assert after("|:A8|1B8:|") == {"2"}
    assert after("|:A8|1,2B8:|") == {"3"}


@given(text=ANY_TEXT, seed=st.integers(0, 10**6), form=st.sampled_from(FORMS), meter=st.sampled_from(METERS))
@at_most(15)
def test_from_whatever_seed_what_follows_is_right(text: str, seed: int, form: Parts | None, meter: str) -> None:
    prefix = canonical_prefix(text.replace(":", "", text.startswith(":")))
    start = read_seed(GRAMMAR, header(meter), prefix, form)
    music = start.bridge + written(start.position, 60, seed=seed)
    tune = parse(header(meter) + prefix + music)
    end_of_seed = Place(4, len(prefix + start.bridge) + 1)
    behind = [problem for problem in problems(tune) if problem.place > end_of_seed]
    assert [str(problem) for problem in behind if "tuplet" not in problem.message] == [], (prefix, music)
