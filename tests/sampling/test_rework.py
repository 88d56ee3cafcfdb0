"""Changes to a tune: what is not changed sounds as it did, and what was right stays right."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charrnn.corpus.cleaning import clean
from charrnn.corpus.originality.index import OriginalityIndex
from charrnn.corpus.sources import RawTune
from charrnn.errors import CharrnnError, OptionError, OutOfTimeError, SamplingError
from charrnn.model.scoring import character_bits
from charrnn.notation.reading.parser import parse
from charrnn.notation.spans import bars_of
from charrnn.notation.tune import Note
from charrnn.notation.writing.canonical import canonical_header
from charrnn.notation.writing.writer import canonical_music
from charrnn.render.playing.performance import sounding_pitches
from charrnn.render.problems import problems
from charrnn.sampling.compose import Composition, compose
from charrnn.sampling.editing.continuation import continued, with_part
from charrnn.sampling.editing.rework import Variant, regenerate, varied
from charrnn.sampling.editing.transposition import transposed
from charrnn.sampling.explain import explain
from charrnn.sampling.options import Request
from tests.support.tiny import JIG, VOCABULARY, tiny_checkpoint
from tests.support.tunes import ANY_TEXT, KEYS, MUSIC, abc, sounding

CHECKPOINT = tiny_checkpoint()
REQUEST = Request.checked(seed=3, length=120)
SONG = (
    'X:7\nT:A Song\nC:Anna\nM:4/4\nL:1/8\nQ:1/4=90\nK:G\n"G"GABc {g}d4|"Am"[Ac]4 (3efg fe|% here\n'
    "w: la la la\n[K:D]~d2f2 a4-|a2f2 d4|| z4 A>B c2|d8|]\nw: end\n"
)


def notes(text: str) -> list[tuple[object, ...]]:
    """Pitches and duration of each note of the text."""
    tune = parse(text)
    pitches = sounding_pitches(tune)
    return [(pitches[i], e.duration) for i, e in enumerate(tune.elements) if isinstance(e, Note)]


def outside(text: str, first: int, last: int) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    spans = bars_of(text)
    return notes(text)[: spans[first].first_note], notes(text)[spans[last].last_note + 1 :]


def last_of(growing: object) -> Composition:
    *_, last = growing  # type: ignore[misc]
    return last


# -- bars


def test_bars_and_pick_ups_are_numbered_in_order() -> None:
    found = bars_of(JIG)
    assert [bar.number for bar in found] == list(range(18))
    assert [JIG[bar.start : bar.end] for bar in found[:3]] == ["A", "dfd ecA", "BGB AFD"]
    assert (found[1].first_note, found[1].last_note) == (1, 6)


def test_a_bar_includes_note_attachments_but_no_fields() -> None:
    texts = [SONG[bar.start : bar.end] for bar in bars_of(SONG)]
    assert texts == ['"G"GABc {g}d4', '"Am"[Ac]4 (3efg fe', "~d2f2 a4-", "a2f2 d4", "z4 A>B c2", "d8"]


@given(MUSIC, KEYS)
def test_every_note_lies_within_its_bars_text(music: str, key: str) -> None:
    text = abc(music, key=key)
    whole = parse(text)
    for bar in bars_of(text):
        places = [note.place for note in whole.notes[bar.first_note : bar.last_note + 1]]
        starts = [sum(len(line) + 1 for line in text.split("\n")[: p.line - 1]) + p.column - 1 for p in places]
        assert all(bar.start <= start < bar.end for start in starts)


# -- bars drawn anew


def rewritten(*arguments: Any) -> list[Variant]:
    """To write bars anew, once they are all there."""
    *_, variants = regenerate(*arguments)
    return variants


@pytest.mark.parametrize(("first", "last"), [(0, 0), (3, 3), (8, 9), (4, 6), (17, 17), (0, 17)])
def test_new_bars_change_nothing_outside_them(first: int, last: int) -> None:
    variants = rewritten(CHECKPOINT, JIG, first, last, REQUEST, 2)
    assert variants
    for variant in variants:
        assert variant.bars == (first, last)
        assert notes(variant.abc) != notes(JIG)
        assert outside(variant.abc, first, last) == outside(JIG, first, last)
        assert not problems(parse(variant.abc))
        assert variant.abc.startswith(JIG.split("|")[0])
        assert len(bars_of(variant.abc)) == len(bars_of(JIG))


@settings(max_examples=12)
@given(st.integers(0, 30), st.data())
def test_new_bars_of_a_composed_tune_are_right(seed: int, data: st.DataObject) -> None:
    text = compose(CHECKPOINT, Request.checked("M:4/4\nL:1/8\nK:G\n", length=80, seed=seed)).abc
    first = data.draw(st.integers(0, len(bars_of(text)) - 1))
    last = data.draw(st.integers(first, min(first + 2, len(bars_of(text)) - 1)))
    try:
        variants = rewritten(CHECKPOINT, text, first, last, REQUEST, 2)
    except SamplingError:
        return  # tied to its neighbours, or nothing else fits
    for variant in variants:
        assert not problems(parse(variant.abc))
        assert outside(variant.abc, first, last) == outside(text, first, last)


def test_text_around_new_bars_stays_as_typed() -> None:
    (bar, *_), variant = bars_of(SONG)[4:], rewritten(CHECKPOINT, SONG, 4, 4, REQUEST, 2)[0]
    assert variant.abc.startswith(SONG[: bar.start])
    assert variant.abc.endswith(SONG[bar.end :])


def test_new_bars_report_lost_chords_and_words() -> None:
    assert any("chord symbols" in remark for remark in rewritten(CHECKPOINT, SONG, 0, 0, REQUEST, 2)[0].remarks)
    assert any("words" in remark for remark in rewritten(CHECKPOINT, SONG, 5, 5, REQUEST, 2)[0].remarks)
    assert rewritten(CHECKPOINT, JIG, 5, 5, REQUEST, 2)[0].remarks == ()


def test_bars_that_are_tied_together_are_drawn_together() -> None:
    with pytest.raises(SamplingError, match="Bar 3 is tied to the bar after it"):
        rewritten(CHECKPOINT, SONG, 2, 2, REQUEST)
    with pytest.raises(SamplingError, match="Bar 4 is tied to the bar before it"):
        rewritten(CHECKPOINT, SONG, 3, 3, REQUEST)
    assert rewritten(CHECKPOINT, SONG, 2, 3, REQUEST, 2)


@pytest.mark.parametrize(
    ("music", "message"),
    [
        ("GABc [L:1/16]d8|", "field in its middle"),
        ("Z4|c8|", "rest of several bars"),
        ("GABc d4 & E8|", "an overlay &"),
    ],
)
def test_bars_that_cannot_be_rewritten_are_refused(music: str, message: str) -> None:
    with pytest.raises(SamplingError, match=message):
        rewritten(CHECKPOINT, abc(music), 0, 0, REQUEST)


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [(-1, 0, "First bar"), (18, 18, "First bar"), (3, 2, "Last bar"), (0, 18, "Last bar"), (0.5, 1, "First bar")],
)
def test_bars_outside_the_tune_are_refused(first: int, last: int, name: str) -> None:
    with pytest.raises(OptionError, match=f"{name} must be a whole number from"):
        rewritten(CHECKPOINT, JIG, first, last, REQUEST)


def test_rewriting_an_odd_bar_keeps_its_length() -> None:
    text = abc("GABc d4|GABc d3|c8|")
    for variant in rewritten(CHECKPOINT, text, 1, 1, REQUEST, 3):
        assert len(problems(parse(variant.abc))) == len(problems(parse(text))) == 1


def test_variants_are_ranked_by_bits_of_later_music() -> None:
    variants = rewritten(CHECKPOINT, JIG, 4, 5, REQUEST)
    assert [variant.score for variant in variants] == sorted(variant.score for variant in variants)
    for variant in variants:
        tune = parse(variant.abc)
        rest = canonical_music(parse(JIG)).split("dfdecA")[2] + "\n"
        (bits,) = character_bits(CHECKPOINT.network, VOCABULARY, [f"{canonical_header(tune)}{canonical_music(tune)}\n"])
        assert variant.score == pytest.approx(bits[-len(rest) :].mean(), rel=1e-3)


def test_the_same_request_gives_the_same_variants() -> None:
    assert rewritten(CHECKPOINT, JIG, 3, 3, REQUEST, 3) == rewritten(CHECKPOINT, JIG, 3, 3, REQUEST, 3)
    assert rewritten(CHECKPOINT, JIG, 3, 3, replace(REQUEST, seed=9), 3) != rewritten(CHECKPOINT, JIG, 3, 3, REQUEST, 3)


def test_finding_no_other_bars_is_an_error() -> None:
    cold = replace(REQUEST, temperature=0.0)
    once = rewritten(CHECKPOINT, JIG, 3, 3, cold, 2)[0].abc
    with pytest.raises(SamplingError, match="nothing else"):
        rewritten(CHECKPOINT, once, 3, 3, cold, 2)


def index_of(text: str) -> OriginalityIndex:
    """Of training music that is this tune alone."""
    return OriginalityIndex.build([clean(RawTune(text, "ours"))])


def test_variants_with_a_longer_shared_passage_come_last() -> None:
    free = rewritten(CHECKPOINT, JIG, 9, 9, REQUEST)
    index, steered = index_of(free[0].abc), replace(REQUEST, most_shared=64)
    shared = [index.compare(parse(variant.abc)).longest for variant in free]
    assert [passage is not None and passage.notes > 64 for passage in shared] == [True] + [False] * (len(free) - 1)
    assert rewritten(CHECKPOINT, JIG, 9, 9, steered, 8, index) == [*free[1:], free[0]]
    assert rewritten(CHECKPOINT, JIG, 9, 9, REQUEST, 8, index) == rewritten(CHECKPOINT, JIG, 9, 9, steered) == free


def test_passages_in_other_bars_do_not_count() -> None:
    """All share dozens of notes outside the new bar, which would be too many."""
    free = rewritten(CHECKPOINT, JIG, 9, 9, REQUEST)
    index, steered = index_of(free[0].abc), replace(REQUEST, most_shared=8)
    copies = [free[0], free[3]]  # the fourth begins as the first does
    others = [variant for variant in free if variant not in copies]
    assert rewritten(CHECKPOINT, JIG, 9, 9, steered, 8, index) == [*others, *copies]


# -- variations


def test_a_variation_changes_its_share_of_bars() -> None:
    steps: list[Variant] = [one for one in varied(CHECKPOINT, JIG, REQUEST, 0.25) if one]
    assert len(steps) == 4
    assert len({step.bars for step in steps}) == 4
    assert notes(steps[-1].abc)[0] == notes(JIG)[0]
    assert notes(steps[-1].abc)[-2:] == notes(JIG)[-2:]
    assert not problems(parse(steps[-1].abc))


def changed_once(request: Request, index: OriginalityIndex | None = None) -> Variant:
    """A variation of one bar."""
    (variant,) = [one for one in varied(CHECKPOINT, JIG, request, 0, index) if one]
    return variant


def test_a_variation_avoids_longer_shared_passages() -> None:
    free = changed_once(REQUEST)
    index, steered = index_of(free.abc), replace(REQUEST, most_shared=64)
    other = changed_once(steered, index)
    assert other.bars == free.bars
    assert other.abc != free.abc
    assert changed_once(REQUEST, index) == changed_once(steered) == free


def test_a_variation_adds_up_what_was_written() -> None:
    steps = [one for one in varied(CHECKPOINT, JIG, REQUEST, 0.25) if one]
    text, written = JIG, []
    for step in steps:
        number = step.bars[0]
        one = replace(REQUEST, seed=REQUEST.seed + number)
        written.append(rewritten(CHECKPOINT, text, number, number, one, 4)[0].written)
        text = step.abc
    assert [step.written for step in steps] == [sum(written[: count + 1]) for count in range(4)]


class GoneError(CharrnnError):
    """As of a page that nobody waits for any more."""


def varied_until(changed: int, error: Exception) -> list[Variant]:
    """The steps of a variation whose ranking is broken off once so many bars have been changed."""
    steps: list[Variant] = []

    def check() -> None:
        if len(steps) == changed:
            raise error

    for one in varied(CHECKPOINT, JIG, REQUEST, check=check):
        steps += [one] if one else []
    return steps


@pytest.mark.parametrize("changed", [1, 3])
def test_out_of_time_keeps_the_bars_already_changed(changed: int) -> None:
    steps = varied_until(changed, OutOfTimeError("too late"))
    assert len(steps) == changed
    assert steps == [one for one in varied(CHECKPOINT, JIG, REQUEST) if one][:changed]


def test_out_of_time_before_any_change_fails() -> None:
    with pytest.raises(OutOfTimeError, match="too late"):
        varied_until(0, OutOfTimeError("too late"))


@pytest.mark.parametrize("changed", [0, 2])
def test_a_variation_nobody_waits_for_ends(changed: int) -> None:
    with pytest.raises(GoneError):
        varied_until(changed, GoneError("nobody waits"))


@pytest.mark.parametrize("share", [-0.1, 1.5, True, "a", float("nan")])
def test_a_share_that_is_none_is_refused(share: object) -> None:
    with pytest.raises(OptionError, match="Share must be a number from 0 to 1, not "):
        next(varied(CHECKPOINT, JIG, REQUEST, share))  # type: ignore[arg-type]


# -- more


@pytest.mark.parametrize(
    "text", [JIG, SONG, JIG.replace(":|\n|:", "||\n").replace("|:", "").replace(":|", "|]"), abc("GABc d4|c8")]
)
def test_continuing_a_tune_adds_only_right_music(text: str) -> None:
    tune = last_of(continued(CHECKPOINT, text, REQUEST))
    assert tune.music
    assert notes(tune.abc)[: len(notes(text))] == notes(text)
    assert len(problems(tune.tune)) == len(problems(parse(text)))
    assert tune.abc.startswith(text.split("K:")[0])
    assert tune.ended


@pytest.mark.parametrize("bars", [1, 4, 8])
def test_an_added_part_has_the_requested_bars_repeated(bars: int) -> None:
    tune = last_of(with_part(CHECKPOINT, JIG, REQUEST, bars))
    played = sounding(tune.tune)
    assert not problems(tune.tune)
    assert played[: len(sounding(parse(JIG)))] == sounding(parse(JIG))
    whole = sum(element.duration for element in tune.tune.elements if hasattr(element, "duration"))
    before = sum(element.duration for element in parse(JIG).elements if hasattr(element, "duration"))
    assert whole - before == bars * parse(JIG).meter.bar
    assert tune.music.endswith(":|")


def test_a_part_after_unrepeated_parts_is_not_repeated() -> None:
    tune = last_of(with_part(CHECKPOINT, abc("GABc d4|c8|]"), REQUEST, 2))
    assert tune.abc.startswith(abc("GABc d4|c8||"))
    assert ":" not in tune.music
    assert tune.music.endswith("|]")
    assert not problems(tune.tune)


def test_adding_a_part_needs_a_meter() -> None:
    with pytest.raises(SamplingError, match="This tune has no meter"):
        list(with_part(CHECKPOINT, "X:1\nM:none\nL:1/8\nK:C\nABc|", REQUEST))


@pytest.mark.parametrize("end", ["|\\", "|]\\\n", "\\"])
def test_a_tune_ending_with_a_backslash_is_continued(end: str) -> None:
    tune = last_of(continued(CHECKPOINT, f"X:1\nM:4/4\nL:1/8\nK:C\nABcd efga{end}", REQUEST))
    assert not problems(tune.tune)


@pytest.mark.parametrize("bars", [0, 33, True, 2.5])
def test_a_part_of_impossible_length_is_refused(bars: object) -> None:
    with pytest.raises(OptionError, match="Bars must be a whole number from 1 to 32"):
        next(with_part(CHECKPOINT, JIG, REQUEST, bars))  # type: ignore[arg-type]


@pytest.mark.parametrize("music", ["V:1\nGABc d4|\nV:2\nE8|", "GABc d4 & E8|"])
def test_a_tune_of_several_voices_cannot_go_on(music: str) -> None:
    with pytest.raises(SamplingError, match="A tune of several voices cannot be continued"):
        next(continued(CHECKPOINT, abc(music), REQUEST))


def test_a_text_without_music_cannot_go_on() -> None:
    with pytest.raises(SamplingError, match="no music"):
        next(continued(CHECKPOINT, "X:1\nK:D\n", REQUEST))


WAYS: dict[str, Callable[[Request], list[Any]]] = {
    "bars": lambda request: rewritten(CHECKPOINT, JIG, 4, 5, request, 2),
    "vary": lambda request: [one for one in varied(CHECKPOINT, JIG, request, 0.1) if one],
    "continue": lambda request: [last_of(continued(CHECKPOINT, JIG, request)).abc],
    "part": lambda request: [last_of(with_part(CHECKPOINT, JIG, request, 2)).abc],
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_options_of_new_tunes_change_no_rework(way: Callable[[Request], list[Any]]) -> None:
    other = replace(REQUEST, seed_text="K:G\nABc", grammar=False, bars=4, parts="AB")
    assert way(other) == way(REQUEST)


@pytest.mark.parametrize("what", WAYS)
@pytest.mark.parametrize(
    "option", [{"temperature": 0.5}, {"seed": 9}, {"instrument": "whistle"}, {"length": 30}], ids=str
)
def test_the_options_listed_change_a_rework(what: str, option: dict[str, Any]) -> None:
    counts = what == "continue" or "length" not in option
    assert (WAYS[what](replace(REQUEST, **option)) != WAYS[what](REQUEST)) == counts


# -- any text


@settings(max_examples=15)
@given(ANY_TEXT)
def test_any_text_is_reworked_or_cleanly_refused(text: str) -> None:
    ways: list[Callable[[], object]] = [
        lambda: bars_of(text),
        lambda: transposed(text, 3),
        lambda: transposed(text, key="A"),
        lambda: explain(CHECKPOINT, text),
        lambda: rewritten(CHECKPOINT, text, 0, 0, REQUEST, 2),
        lambda: list(islice(filter(None, varied(CHECKPOINT, text, REQUEST)), 1)),
        lambda: list(islice(continued(CHECKPOINT, text, REQUEST), 4)),
        lambda: list(islice(with_part(CHECKPOINT, text, REQUEST, 1), 4)),
    ]
    for way in ways:
        with suppress(CharrnnError):
            way()


# -- other keys


@given(MUSIC, KEYS, st.integers(-14, 14))
def test_a_transposed_tune_sounds_so_many_semitones_higher(music: str, key: str, semitones: int) -> None:
    text = abc(music, key=key)
    try:
        moved = transposed(text, semitones)
    except OptionError:
        return  # no signature has so many sharps or flats
    before, after = sounding(parse(text)), sounding(parse(moved))
    assert after == [(onset, duration, pitch + semitones) for onset, duration, pitch in before]


@pytest.mark.parametrize(
    ("key", "semitones"), [("G", 5), ("A", -5), ("C", -2), ("D", 0), ("Eb", 1), ("Dmaj", 0), ("B", -3)]
)
def test_transposing_to_a_key_moves_the_nearer_way(key: str, semitones: int) -> None:
    moved = transposed(JIG, key=key)
    assert f"K:{key.removesuffix('maj')}\n" in moved
    assert [pitch for *_, pitch in sounding(parse(moved))] == [pitch + semitones for *_, pitch in sounding(parse(JIG))]


@pytest.mark.parametrize(
    ("key", "wanted", "moved"),
    [
        ("Em", "Dbm", "C#m"), ("Em", "Db", "C#m"), ("Em", "Ab", "G#m"), ("Em", "Ebm", "Ebm"), ("Em", "D#m", "D#m"),
        ("Edor", "Dbdor", "C#dor"), ("Edor", "Abdor", "Abdor"), ("Edor", "Bb", "Bbdor"), ("Dmix", "G#mix", "Abmix"),
        ("D", "C#", "Db"), ("D", "Cb", "B"), ("D", "F#", "F#"), ("D", "Gb", "Gb"),
    ],
)  # fmt: skip
def test_transposing_prefers_the_key_with_fewer_accidentals(key: str, wanted: str, moved: str) -> None:
    text = abc("^A=B^c d2e2|", key=key)
    new = transposed(text, key=wanted)
    assert f"K:{moved}\n" in new
    before, after = ([pitch for *_, pitch in sounding(parse(one))] for one in (text, new))
    assert len({high - low for high, low in zip(after, before, strict=True)}) == 1


@pytest.mark.parametrize(
    ("text", "semitones", "keys"),
    [
        ("K:D\nF[K:Dm]F|", -1, ["C#", "C#m"]),
        ("K:D\nF|", -1, ["Db"]),
        ("K:Dphr ^f\nF|", -1, ["C#phr ^e"]),
        ("K:D exp _b _e ^f\nF|", 2, ["E exp ^g"]),
        ("K:HP\n=F|", 12, ["HP"]),
        ("K:D\n+:exp _b\n+:_e ^f clef=treble\nF|", 2, ["E exp ^g"]),
    ],
)
def test_transposing_picks_names_that_suit_all_keys(text: str, semitones: int, keys: list[str]) -> None:
    moved = parse(transposed(text, semitones))
    assert list(map(str, moved.keys)) == keys
    before, after = ([pitch for *_, pitch in sounding(tune)] for tune in (parse(text), moved))
    assert after == [pitch + semitones for pitch in before]


def test_transposing_changes_only_notes_chords_and_keys() -> None:
    text = 'X:1\nT:ABC\nM:4/4\nL:1/8\nK:G clef=treble\n"G/B"G2 "Am7"A2 "^Gently"{g}d4|[K:Em]e8|\nw: A B C\n'
    assert transposed(text, 2) == (
        'X:1\nT:ABC\nM:4/4\nL:1/8\nK:A clef=treble\n"A/C#"A2 "Bm7"B2 "^Gently"{a}e4|[K:F#m]f8|\nw: A B C\n'
    )


def test_transposing_there_and_back_restores_the_tune() -> None:
    for semitones in range(-11, 12):
        assert transposed(transposed(JIG, semitones), -semitones) == JIG


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"semitones": 25}, "Semitones must be a whole number from -24 to 24, not 25."),
        ({"semitones": 1.5}, "Semitones must be a whole number from -24 to 24, not 1.5."),
        ({"key": "Am"}, "same mode"), ({"key": "H"}, "cannot be transposed"),
    ],
)  # fmt: skip
def test_a_transposition_that_is_none_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        transposed(JIG, **options)  # type: ignore[arg-type]
