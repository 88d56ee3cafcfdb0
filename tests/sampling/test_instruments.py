"""Tunes for an instrument, from request to tune: its notes, its keys, and what a seed has beyond it."""

from itertools import cycle

import pytest

from charrnn.errors import OptionError
from charrnn.evaluation.awkward import AWKWARD_SEEDS
from charrnn.evaluation.for_instruments import InstrumentReport, InstrumentRow, checked, requests_of
from charrnn.notation.instruments.table import ANY, INSTRUMENTS, NAMES, instrument_of
from charrnn.notation.reading.parser import parse
from charrnn.render.beyond import beyond
from charrnn.sampling.compose import Composition, compose, compose_all
from charrnn.sampling.editing.continuation import continued, with_part
from charrnn.sampling.editing.for_instrument import transposed_for
from charrnn.sampling.editing.rework import regenerate, varied
from charrnn.sampling.options import Request
from charrnn.ui.answers.remarks import ending
from tests.support.tiny import JIG, tiny_checkpoint

CHECKPOINT = tiny_checkpoint()
IN_C = "X:1\nM:4/4\nL:1/8\nK:C\n|:^c2d2 c4|[K:F]B2A2 F4|C8|c8:|\n"


def composed(seed_text: str = "", instrument: str = "whistle", **options: object) -> Composition:
    return compose(
        CHECKPOINT, Request.checked(seed_text, **{"length": 80, "seed": 7, **options}, instrument=instrument)
    )


@pytest.mark.parametrize("instrument", [one.name for one in INSTRUMENTS])
def test_a_random_model_stays_within_each_instrument(instrument: str) -> None:
    requests = [
        Request.checked("", temperature, seed=seed, bars=2, parts="AB", instrument=instrument)
        for seed, temperature in enumerate((0.0, 1.5))
    ]
    for tune in compose_all(CHECKPOINT, requests):
        found = instrument_of(instrument)
        assert found is not None
        assert tune.written_beyond_instrument == []
        assert beyond(tune.abc, found) == []
        assert str(tune.tune.key) in found.keys
        assert len(tune.tune.notes) > 0


@pytest.mark.parametrize(
    ("seed_text", "instrument"),
    list(zip(AWKWARD_SEEDS.values(), cycle(["whistle", "pipes", "harmonica-g"]), strict=False)),
    ids=AWKWARD_SEEDS,
)
def test_awkward_seeds_are_kept_and_continued_within(seed_text: str, instrument: str) -> None:
    tune = composed(seed_text, instrument)
    assert tune.written_beyond_instrument == []
    assert seed_text.splitlines()[-1].split("{")[0].rstrip("[K:D") in tune.abc


def test_an_unusual_seed_key_is_reported_and_kept() -> None:
    tune = composed("M:4/4\nL:1/8\nK:Eb\nE2F2")
    told = [str(problem) for problem in tune.beyond_instrument]
    assert told == [
        "line 5, column 1: the key Eb is not usual on this instrument: D whistle",
        "line 6, column 1: the note E (Eb4) is not on this instrument: D whistle",
        "line 6, column 3: the note F (F4) is not on this instrument: D whistle",
    ]
    assert tune.abc.split("\n")[5].startswith("E2F2")
    assert "Line 6, column 3: the note F (F4) is not on this instrument: D whistle." in ending(tune)


def test_a_seed_within_the_instrument_has_no_remark() -> None:
    assert composed("K:D\nDFA").beyond_instrument == []
    assert composed("K:Eb\nEFG", ANY).beyond_instrument == []


def test_graces_and_chords_of_a_seed_are_told() -> None:
    told = composed("M:4/4\nL:1/8\nK:D\n{=f}e2 [Dd]2 [CE]2 ").beyond_instrument
    assert [(problem.place.column, problem.message.split(" (")[1][:3]) for problem in told] == [(5, "F5)"), (14, "C#4")]


def test_an_instrument_needs_the_grammar() -> None:
    with pytest.raises(OptionError, match="needs the grammar"):
        Request.checked(grammar=False, instrument="fiddle")
    assert Request.checked(grammar=False, instrument=ANY).instrument == ANY


def test_an_unknown_instrument_is_refused_with_the_names() -> None:
    with pytest.raises(OptionError, match=r"Instrument must be one of any, fiddle, .*, not 'tuba'\."):
        Request.checked(instrument="tuba")
    with pytest.raises(OptionError, match="the instrument must be one of"):
        instrument_of("tuba")
    assert set(NAMES) == {ANY, *(one.name for one in INSTRUMENTS)}


def test_a_tune_for_any_instrument_is_as_before() -> None:
    plain = compose(CHECKPOINT, Request.checked("", length=80, seed=7))
    assert composed("", ANY).abc == plain.abc
    assert plain.beyond_instrument == plain.written_beyond_instrument == []


# -- reworks


@pytest.mark.parametrize("temperature", [0.9, 2.0])
@pytest.mark.parametrize("instrument", ["whistle", "pipes"])
def test_rewritten_bars_stay_within_the_instrument(instrument: str, temperature: float) -> None:
    request = Request.checked(temperature=temperature, seed=3, instrument=instrument)
    found = instrument_of(instrument)
    assert found is not None
    before = {problem.message for problem in beyond(IN_C, found)}
    *_, variants = regenerate(CHECKPOINT, IN_C, 1, 3, request, 4)
    assert variants
    for variant in variants:
        text = variant.abc.replace("^c2d2 c4", "")  # the bar that stays
        told = [problem.message for problem in beyond(text, found)]
        assert [message for message in told if message.startswith("the note")] == [], variant.abc
        assert before


def test_the_bars_accidentals_are_known_where_bars_begin() -> None:
    """In a first ending that begins within a bar, the accidentals of its first half still hold."""
    abc = "X:1\nM:4/4\nL:1/8\nK:C\n|:A8|^f2A2[1A4:|2A4|]\n"
    request = Request.checked(temperature=2.0, seed=1, instrument="whistle")
    *_, variants = regenerate(CHECKPOINT, abc, 2, 2, request, 16)
    for variant in variants:
        assert [str(one) for one in beyond(variant.abc, instrument_of("whistle")) if "note" in one.message] == []  # type: ignore[arg-type]


def test_what_follows_a_tune_stays_within_the_instrument() -> None:
    whistle = instrument_of("whistle")
    assert whistle is not None
    request = Request.checked(seed=3, length=120, instrument="whistle", temperature=2.0)
    for growing in (continued(CHECKPOINT, JIG, request), with_part(CHECKPOINT, JIG, request, 4)):
        *_, last = growing
        own = len(beyond(JIG, whistle))
        assert len(beyond(last.abc, whistle)) == own, last.abc
        assert len(last.tune.notes) > len(parse(JIG).notes)


def test_a_variation_stays_within_the_instrument() -> None:
    pipes = instrument_of("pipes")
    assert pipes is not None
    tune = "X:1\nM:4/4\nL:1/8\nK:Amix\nA8|B8|c8|d8|e8|A8|]\n"
    *_, last = varied(CHECKPOINT, tune, Request.checked(seed=3, instrument="pipes", temperature=2.0), 1.0)
    assert last is not None
    assert beyond(last.abc, pipes) == []


# -- transposition


@pytest.mark.parametrize(
    ("key", "music", "instrument", "expected"),
    [
        ("Eb", "EFGA Bcd2|", "whistle", "D"),
        ("D", "DFA d3 c|", "whistle", "D"),
        ("C", "CEG c3 B|", "whistle", "D"),
        ("F", "FAc f3 e|", "harmonica-g", "G"),
        ("Bm", "Bcd e4 f|", "pipes", "Bm"),
    ],
)
def test_the_nearest_key_of_an_instrument(key: str, music: str, instrument: str, expected: str) -> None:
    found = instrument_of(instrument)
    assert found is not None
    moved = transposed_for(f"X:1\nM:4/4\nL:1/8\nK:{key}\n{music}\n", found)
    assert str(parse(moved).key) == expected
    assert beyond(moved, found) == []


def test_transposing_minimises_notes_outside_the_instrument() -> None:
    pipes = instrument_of("pipes")
    assert pipes is not None
    wide = "X:1\nM:4/4\nL:1/8\nK:C\nC,EGc ^d_e f'2|\n"
    assert 0 < len(beyond(transposed_for(wide, pipes), pipes)) <= len(beyond(wide, pipes))


def test_a_keyless_tune_moves_only_by_octaves() -> None:
    voice = instrument_of("voice")
    assert voice is not None
    assert "ABc" in transposed_for("X:1\nL:1/8\nK:none\na'b'c''|\n", voice)


# -- the command of the card


def test_the_report_counts_what_is_outside() -> None:
    requests = list(requests_of([0.9], 1, length=40))
    assert len(requests) == len(INSTRUMENTS) * (1 + len(AWKWARD_SEEDS))
    one = checked(compose(CHECKPOINT, requests[0]))
    assert one.outside == ()
    row = InstrumentRow.of("fiddle", [one])
    report = InstrumentReport([row])
    assert report.outside == 0
    assert f"| fiddle | 1 | {one.notes:,} | 0 | 0 |" in report.markdown()
    assert report.as_dict()["instruments"][0]["tunes"] == 1
