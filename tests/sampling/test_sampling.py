"""From a request to a tune: checked options, a completed header, the seed kept, the same tune again."""

import math
import threading
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from charrnn import limits
from charrnn.errors import OptionError, SamplingError
from charrnn.inference.draws import AS_LEARNT, Sampling, draw, generate, read
from charrnn.inference.guides import NoGuide
from charrnn.inference.stepper import stepper_for
from charrnn.inference.steps import Stepper
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.network import CharLSTM
from charrnn.notation.reading.parser import parse
from charrnn.render.problems import problems
from charrnn.sampling.checks import check_count
from charrnn.sampling.compose import Composition, compose, stream
from charrnn.sampling.options import Request
from charrnn.sampling.start.header import given_fields, is_good, tells_of_what_is_missing
from charrnn.sampling.start.titles import title_for
from charrnn.ui.answers.remarks import ending
from tests.support.tiny import JIG, slow_down, tiny_checkpoint

CHECKPOINT = tiny_checkpoint()


def composed(seed_text: str = "", checkpoint: Checkpoint = CHECKPOINT, **options: Any) -> Composition:
    return compose(checkpoint, Request.checked(seed_text, **{"length": 60, "seed": 7, **options}))


# -- options

BAD_OPTIONS = [
    ("temperature", -1), ("temperature", 0.01), ("temperature", 2.1), ("temperature", math.nan),
    ("temperature", math.inf),
    ("temperature", 1e-45), ("temperature", True), ("temperature", "1"), ("temperature", None), ("temperature", [1]),
    ("length", 0), ("length", -5), ("length", 2.7), ("length", 10**9), ("length", True), ("length", "60"),
    ("length", math.nan),
    ("repetition", -3.1), ("repetition", math.nan), ("repetition", "1"), ("repetition", True),
    ("seed", -1), ("seed", 2**64), ("seed", 1.5), ("seed", "7"), ("seed", False),
    ("temperature", 10**400), ("length", 10**400), ("repetition", -(10**400)), ("seed", 10**400),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), BAD_OPTIONS)
def test_a_bad_option_error_names_field_and_value(field: str, value: object) -> None:
    with pytest.raises(OptionError) as caught:
        Request.checked(**{field: value})
    message = str(caught.value)
    name = {"temperature": "Temperature", "length": "Length", "seed": "Random seed"}.get(field, field.title())
    assert message.startswith(f"{name} must be")
    assert repr(value)[:16] in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A" * 2_001, "at most 2,000 characters, not 2,001"),
        ("A" * 5_000_000, "not 5,000,000"),
        ("A\r\n" * 101, "at most 100 lines, not 101"),
        ("AB\x00c", r"U\+0000 at position 3"),
        ("AB\ud800", r"U\+D800 at position 3"),
        ("\u200fABc", r"U\+200F at position 1"),
        ("AB\fc", r"U\+000C at position 3"),
        (7, "must be text, not 7"),
    ],
)
def test_a_bad_seed_text_is_refused(text: object, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Request.checked(text)


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    with pytest.raises(OptionError, match=r"from 1 to 4,000, not a number of thousands of digits\."):
        Request.checked(length=10**5_000)


@pytest.mark.parametrize("text", ["\ufeffK:D\nAB", "K:D\r\nAB", "K:D\rAB"])
def test_seeds_accept_any_newlines_and_byte_order_marks(text: str) -> None:
    assert Request.checked(text).seed_text == "K:D\nAB"


def test_values_at_range_limits_are_accepted() -> None:
    for temperature in (0, limits.MIN_TEMPERATURE, limits.MAX_TEMPERATURE):
        assert Request.checked(temperature=temperature).temperature == temperature
    assert Request.checked(length=1.0, seed=limits.MAX_SEED_NUMBER).length == 1


def test_a_missing_random_seed_is_drawn_and_shown() -> None:
    seeds = {Request.checked().seed for _ in range(5)}
    assert len(seeds) > 1
    assert all(0 <= seed <= limits.MAX_SEED_NUMBER for seed in seeds)


@pytest.mark.parametrize("count", [0, 100_001, 1.5, None])
def test_a_bad_count_is_refused(count: object) -> None:
    with pytest.raises(OptionError, match="Count must be a whole number from 1 to 100,000"):
        check_count(count)


# -- the tune


def test_request_and_seed_determine_the_tune() -> None:
    assert composed() == composed()
    assert composed(seed=8).music != composed().music


@pytest.mark.parametrize("blank", ["  \n ", "\n\n", "\r\n", "\ufeff", None])
def test_a_blank_seed_is_no_seed(blank: str | None) -> None:
    """The network then starts from the start character alone, and the same seed number gives the same tune."""
    assert composed(blank).abc == composed("").abc == composed("").abc  # type: ignore[arg-type]
    assert composed("", seed=8).music != composed("").music


@pytest.mark.parametrize("meter", ["6/8", "4/4", "none"])
def test_endless_music_is_ended_at_a_bar_line(meter: str) -> None:
    tune = composed(f"M:{meter}\nL:1/8\nK:D\nABc", length=200)
    assert tune.ended
    assert 150 < len(tune.music) <= 200
    assert tune.music.endswith(("|]", ":|"))
    assert not problems(tune.tune)


def test_the_maximum_length_holds_without_the_grammar() -> None:
    tune = composed(length=limits.MAX_LENGTH, grammar=False)
    assert (len(tune.music), tune.ended) == (limits.MAX_LENGTH, False)
    assert ending(tune).startswith("It was cut off at 4,000 characters.")


def test_tunes_composed_concurrently_match_those_composed_alone() -> None:
    alone = {seed: composed(seed=seed).abc for seed in range(6)}
    together: dict[int, str] = {}
    threads = [
        threading.Thread(target=lambda seed=seed: together.update({seed: composed(seed=seed).abc})) for seed in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


@pytest.mark.parametrize("seed_text", ["", "  \n ", "M:5/4\n", "DFA dfa|", "T:Hello\nK:Em\nE2 GB", "|:[DF"])
def test_every_seed_yields_a_full_header(seed_text: str) -> None:
    tune = composed(seed_text)
    assert [line[0] for line in tune.header.splitlines() if line[0] != "R"] == ["M", "L", "K"]
    assert not parse(tune.header + "A|").problems
    assert 0 < len(tune.music) <= 60


@pytest.mark.parametrize(
    ("given", "prefix", "tells"),
    [
        ("", "", False),
        ("M", "", False),
        ("ML", "", False),
        ("MLRK", "GAB", False),
        ("MLK", "GAB", False),
        ("R", "", True),  # of the meter
        ("MLR", "", False),
        ("K", "", True),
        ("", "GAB", True),
        ("ML", "GAB", True),  # of the key
    ],
)
def test_only_text_after_a_missing_field_informs_it(given: str, prefix: str, tells: bool) -> None:
    assert tells_of_what_is_missing(dict.fromkeys(given, "any"), prefix) == tells


def test_header_lines_that_the_person_gave_are_kept() -> None:
    assert composed("K:Ador\nR:Slip Jig\nM:9/8\nL:1/16\n").header == "M:9/8\nL:1/16\nR:slip jig\nK:Ador\n"


def test_unreadable_header_fields_count_as_not_given() -> None:
    assert given_fields("M:9/0\nL:1/8\nK:Zmaj\nABc") == {"L": "1/8"}


@pytest.mark.parametrize(
    ("name", "value", "good"),
    [
        ("L", "1/8", True), ("L", "1/16", True), ("L", "8/8", False), ("L", "1/6", False), ("L", "3/8", False),
        ("M", "6/8", True), ("M", "7/8", True), ("M", "06/8", False), ("M", "none", False), ("M", "0/4", False),
        ("K", "Ador", True), ("K", "Amin", False), ("R", "slip jig", True), ("R", "jig ", False),
    ],
)  # fmt: skip
def test_only_unambiguous_header_values_are_accepted(name: str, value: str, good: bool) -> None:
    assert is_good(name, value) == good


def test_a_persons_notes_stay_as_typed() -> None:
    assert '"Am" {g}A2  (BA)' in composed('K:Am\n"Am" {g}A2  (BA)').abc


def test_the_title_is_typed_or_made_from_seed() -> None:
    assert "T:My jig\n" in composed("T:My jig\n").abc
    tune = composed()
    assert f"T:{title_for(7, tune.tune.rhythm)}\n" in tune.abc


def test_the_whole_seed_influences_the_tune() -> None:
    assert composed("K:D\nM:6/8\nL:1/8\ndfd ecA").draws != composed("K:D\nM:6/8\nL:1/8\ngfg ecA").draws


def test_unknown_characters_are_named_with_their_positions() -> None:
    with pytest.raises(OptionError) as caught:
        composed("K:D\nAB 🎵 cñ")
    assert str(caught.value) == "These characters of the seed are not known to the model: 🎵, ñ (positions 8, 11)."


def test_a_title_may_have_any_characters() -> None:
    assert "T:Añoranza 🎵\n" in composed("T:Añoranza 🎵\nK:D\nABc").abc


def test_the_length_bounds_music_without_the_grammar() -> None:
    assert len(composed(length=5, grammar=False).music) == 5
    assert not composed(length=5, grammar=False).ended


def test_a_tune_can_be_watched_as_it_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    slow_down(monkeypatch)
    steps = list(stream(CHECKPOINT, Request.checked(length=20, seed=7, grammar=False)))
    lengths = [len(step.music) for step in steps]
    assert lengths == sorted(lengths)
    assert (lengths[0], lengths[-1]) == (0, 20)
    assert len(set(lengths)) > 3
    assert all(steps[-1].music.startswith(step.music) for step in steps)
    assert len(steps[-1].draws) == 20


def test_a_tune_ended_by_the_model_is_marked() -> None:
    checkpoint = tiny_checkpoint()
    with torch.no_grad():
        checkpoint.network.dense.bias[checkpoint.vocabulary.index_of["\n"]] += 300
    tune = composed(JIG, checkpoint)
    assert (tune.music, tune.ended) == ("", True)


def test_endless_loops_are_distinguished_from_ordinary_repetition() -> None:
    music = JIG.split("K:D\n")[1]
    assert not replace(composed(), music=music).loops
    circles = replace(composed(), music=music + "FAF GEC|" * 60)
    assert circles.loops
    assert "It repeats itself over and over" in ending(circles)


def test_temperature_zero_always_takes_the_most_probable_character() -> None:
    tune = composed(temperature=0)
    assert all(drawn.index == drawn.alternatives[0][0] for drawn in tune.draws)
    assert tune.music == composed(temperature=0, seed=99).music


def test_higher_temperature_takes_less_probable_characters() -> None:
    low, high = (
        sum(
            drawn.index == drawn.alternatives[0][0]
            for seed in range(5)
            for drawn in composed(temperature=t, seed=seed).draws
        )
        for t in (0.3, 2.0)
    )
    assert low > high


def test_the_stepper_draws_the_plain_networks_tune(stepper: Callable[[CharLSTM], Stepper]) -> None:
    network, vocabulary = CHECKPOINT.network, CHECKPOINT.vocabulary
    ids = vocabulary.encode("\nM:6/8\nL:1/8\nK:D\n")
    probabilities, state = read(network, ids, None, 0.9, 0.5)
    steps = stepper(network).start(state, 0.9, 0.5)
    drawn = list(islice(generate(steps, probabilities, Sampling(0.9), np.random.default_rng(3), NoGuide()), 200))
    random, plain = np.random.default_rng(3), []
    for _ in drawn:
        plain.append(draw(probabilities, Sampling(0.9), random).index)
        probabilities, state = read(network, plain[-1:], state, 0.9, 0.5)
    assert [each.index for each in drawn] == plain


def test_a_stepper_follows_weights_that_have_changed() -> None:
    network = tiny_checkpoint().network
    before = stepper_for(network)
    assert stepper_for(network) is before
    with torch.no_grad():
        network.dense.bias += 1
    assert stepper_for(network) is not before


# -- one draw


def test_draws_follow_the_probabilities() -> None:
    random = np.random.default_rng(1)
    probabilities = np.array([0.1, 0.6, 0.3], dtype=np.float32)
    drawn = [draw(probabilities, AS_LEARNT, random).index for _ in range(4000)]
    assert np.bincount(drawn, minlength=3) / 4000 == pytest.approx(probabilities, abs=0.03)


def test_a_draw_tells_its_probability_and_the_alternatives() -> None:
    drawn = draw(np.array([0.25, 0.05, 0.7]), AS_LEARNT, np.random.default_rng(0))
    assert [index for index, _ in drawn.alternatives] == [2, 0, 1]
    assert [probability for _, probability in drawn.alternatives] == pytest.approx([0.7, 0.25, 0.05])
    assert drawn.probability == dict(drawn.alternatives)[drawn.index]
    assert drawn.removed == 0


def test_masking_rescales_the_remaining_probabilities_proportionally() -> None:
    mask = np.array([True, False, True])
    drawn = draw(np.array([0.2, 0.5, 0.3]), AS_LEARNT, np.random.default_rng(0), mask)
    assert drawn.index != 1
    assert drawn.removed == pytest.approx(0.5)
    assert dict(drawn.alternatives) == pytest.approx({2: 0.6, 0: 0.4, 1: 0.0})


def test_an_allowed_character_of_negligible_probability_is_drawn() -> None:
    for probabilities in ([1.0, 0.0, 0.0], [1.0, 1e-9, 1e-9]):
        for temperature in (0.0, 1.0):
            random = np.random.default_rng(0)
            drawn = draw(np.array(probabilities), Sampling(temperature), random, np.array([False, True, True]))
            assert drawn.index in (1, 2)
            assert drawn.removed == pytest.approx(1.0)


LOGITS = st.lists(st.sampled_from([-math.inf, -1e30, -100.0, 0.0, 0.0, 1.5, 80.0]), min_size=1, max_size=12)


@given(LOGITS, st.integers(0, 2**12 - 1), st.sampled_from([0.0, 0.05, 1.0, 2.0]), st.integers(0, 99))
def test_any_logits_lead_to_an_allowed_character(
    logits: list[float], allowed: int, temperature: float, seed: int
) -> None:
    """Ties, impossible characters and probabilities that round to zero leave a candidate as long as one is allowed."""
    mask = np.array([bool(allowed >> place & 1) for place in range(len(logits))])
    finite = logits if max(logits) > -math.inf else [0.0] * len(logits)
    probabilities = torch.softmax(torch.tensor(finite) / (temperature or 1.0), dim=0).numpy()
    if not mask.any():
        with pytest.raises(SamplingError, match="no character may come next"):
            draw(probabilities, Sampling(temperature), np.random.default_rng(seed), mask)
        return
    drawn = draw(probabilities, Sampling(temperature), np.random.default_rng(seed), mask)
    assert mask[drawn.index]
    assert drawn.probability > 0
    assert np.add.reduce(drawn.distribution) == pytest.approx(1)
    assert all(probability == 0 or mask[index] for index, probability in drawn.alternatives)
    if probabilities[mask].max() > 0:
        assert probabilities[drawn.index] > 0  # the model's own wish, where it has one
    if temperature == 0 and probabilities[mask].max() > 0:
        assert probabilities[drawn.index] == probabilities[mask].max()


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_values_that_are_no_probabilities_end_the_request(value: float) -> None:
    with pytest.raises(SamplingError, match="no probabilities"):
        draw(np.array([0.5, value], dtype=np.float32), AS_LEARNT, np.random.default_rng(0))


TYPED_HEADER = (
    'T:The long\n+:way\nT:Another name\nC:Me\nC:You\nO:Home\nQ:"Slowly"\nN:as sung\nU:W=!fermata!\nP:AA\n'
    "%%staffsep 40\n% mine\nM:C|\nL:1/8\nR:Slip-Jig\nK:Dmajor\nP:A\nI:linebreak $\n"
)


def test_a_persons_header_lines_stay_as_typed() -> None:
    tune = composed(f"{TYPED_HEADER}WDE")
    kept = TYPED_HEADER.replace("T:The long\n+:way\n", "").replace("K:Dmajor\n", "").splitlines()
    header = tune.abc.partition("WDE")[0].splitlines()
    assert header[:2] == ["X:1", "T:The long way"]
    assert sorted(header[2:]) == sorted([*kept, "K:Dmajor"])
    assert header.index("M:C|") < header.index("K:Dmajor") < header.index("P:A")
    read = tune.tune
    assert (read.composer, read.origin, read.tempo_words, read.part_order) == ("Me; You", "Home", "Slowly", "AA")
    assert read.notes[0].decorations == ("fermata",)
    assert not read.problems


def test_a_seed_may_have_a_file_header() -> None:
    read = composed("M:3/4\nL:1/4\nC:Us\n\nX:4\nT:One\nK:D\nD").tune
    assert (str(read.meter), read.unit, read.composer, read.title) == ("3/4", Fraction(1, 4), "Us", "One")


def test_a_title_with_escapes_reads_the_same() -> None:
    assert composed("T:Half \\% of caf\\'e\nK:D\nA").tune.title == "Half % of café"


def test_a_tempo_of_unit_lengths_keeps_its_speed() -> None:
    tempo = composed("Q:120\nM:4/4\nK:D\nA").tune.tempo
    assert tempo is not None
    assert tempo.beat * tempo.per_minute == 15


def test_faults_in_a_persons_header_are_reported() -> None:
    assert "tempo" in str(composed("Q:fast=slow\nK:D\nA").problems_of_seed[0])
