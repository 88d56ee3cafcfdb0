"""Sections that are to close on the tonic: their last bar is written again, and nothing else changes."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from charrnn.inference import compiling
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.position.closes import Closes, closes_of, counted
from charrnn.model.scoring import character_bits
from charrnn.notation.keys import parse_key
from charrnn.sampling.compose import Composition, Draft, compose, compose_all
from charrnn.sampling.editing.continuation import with_part
from charrnn.sampling.options import Request
from charrnn.sampling.start.closes import closing_for
from tests.support.tiny import closing_checkpoint, tiny_network

HEADER = "M:3/4\nL:1/4\nR:waltz\nK:G\n"
FORMS = (("AABB", 4), ("AAB", 5), ("AB", 8), ("A", 3))


@pytest.fixture
def checkpoint(way: str) -> Checkpoint:
    """A closing model whose tunes are written in one way or the other."""
    return closing_checkpoint()


def requests(count: int) -> Iterator[Request]:
    for number in range(count):
        parts, bars = FORMS[number % len(FORMS)]
        seed_text = HEADER + ("", "", "|:GAB|c2", "A|")[number % 4]
        yield Request.checked(seed_text, (0.9, 1.3)[number % 2], seed=number, bars=bars, parts=parts)


def home(checkpoint: Checkpoint, tune: Composition) -> list[bool]:
    clock = checkpoint.network.bearings.clock
    return closes_of(tune.header, tune.prefix + tune.music, parse_key("G"), clock)


def test_more_sections_close_on_the_tonic(checkpoint):
    without = replace(checkpoint, closes=Closes({}))
    wanted = list(requests(40))
    told, free = (
        [is_home for request in wanted for is_home in home(one, compose(one, request))] for one in (checkpoint, without)
    )
    assert len(told) == len(free) >= 60
    assert sum(told) > sum(free) + 15  # random weights come home one time in seven, and have four tries more


def test_everything_before_the_last_bar_stays(checkpoint):
    without = replace(checkpoint, closes=Closes({}))
    changed = 0
    for request in requests(40):
        ours, plain = compose(checkpoint, request), compose(without, request)
        assert ours.music.startswith(_up_to_the_last_bar(plain))
        if home(without, plain)[0]:  # the whole first section stays
            assert ours.music.startswith(_first_section(plain))
        else:
            changed += ours.music != plain.music
    assert changed > 15


def _first_section(tune: Composition) -> str:
    """The model's music up to the end of its first section."""
    whole = tune.prefix + tune.music
    end = min(place for place in (whole.find(mark, 2) for mark in (":|", "::", "||", "|]")) if place >= 0)
    return whole[len(tune.prefix) : end]


def _up_to_the_last_bar(tune: Composition) -> str:
    """The model's music up to the last bar of the first section."""
    assert tune.plan is not None
    whole = tune.prefix + tune.music
    lines = [place for place, character in enumerate(whole) if character == "|"]
    inner = lines[tune.plan[0] - 2 + whole.startswith("|:")]
    return whole[: max(inner - 6, 0)][len(tune.prefix) :]


def test_numpy_and_the_kernel_go_back_alike(compiled_stepper, monkeypatch):
    by_numpy = [compose(closing_checkpoint(), request) for request in requests(40)]
    monkeypatch.setattr(compiling, "_ready", {"fp32"})
    by_kernel = list(compose_all(closing_checkpoint(), requests(40)))  # beside each other, too
    assert [tune.abc for tune in by_kernel] == [tune.abc for tune in by_numpy]
    for compiled, plain in zip(by_kernel, by_numpy, strict=True):
        assert compiled.bits == pytest.approx(plain.bits, rel=1e-4)
        np.testing.assert_allclose(compiled.draws.removed, plain.draws.removed, atol=1e-4)


def test_bits_are_those_of_the_final_text(checkpoint):
    for tune in [compose(checkpoint, request) for request in requests(12)]:
        before = tune.header + tune.prefix
        text = f"{before}{tune.music}\n"
        (bits,) = character_bits(checkpoint.network, checkpoint.vocabulary, [text], plans=[tune.plan])
        assert tune.bits == pytest.approx(bits[len(before) :].sum(), rel=1e-4)
        assert len(tune.draws) == len(tune.music) == len(tune.draws.removed)
        assert all(draw.weights[draw.index] > 0 for draw in tune.draws)


def test_a_changed_key_is_left_alone(checkpoint):
    key = "K:G\n"
    changed = compose(checkpoint, Request.checked(HEADER + "|:GAB|[K:D]cBA|", seed=1, bars=4, parts="AA"))
    assert (changed.header[-len(key) :], "[K:D]" in changed.prefix) == (key, True)
    assert closing_for(checkpoint, changed.header, changed.prefix, (4,), changed.request) is None
    assert closing_for(checkpoint, changed.header, "", (4,), changed.request) is not None


def test_a_hundred_short_sections_are_continued(checkpoint):
    abc = "X:1\nL:1/4\nM:2/4\nK:G\n" + "A2||" * 100
    request = Request.checked(seed=1)
    *_, last = with_part(checkpoint, abc, request, 4)
    assert len(last.tune.notes) > 100


def test_closes_are_read_from_the_text():
    clock = tiny_network().bearings.clock
    header, key = "M:2/4\nL:1/8\nK:G\n", parse_key("G")
    assert closes_of(header, "|:G4|G4:|:A4|G2A2:|", key, clock) == [True, False]
    assert closes_of(header, "A4|g4||B4|^G4|]", key, clock) == [True, False]  # in any octave; G sharp is no G
    assert closes_of(header, "A4|1G4:|2A4|G4", key, clock) == [True]
    assert counted([[True, False], [False, True, True]]) == [(3, 2), (2, 1)]


def test_closes_are_drawn_by_mode_and_place():
    shares = Closes({"maj": (0.0, 1.0), "min": (1.0, 0.0)}, {"maj": (0.0, 0.0)})
    random = np.random.default_rng(0)

    def drawn(key, plan=(8, 8, 8), kind="free"):
        return shares.draw(kind, parse_key(key), plan, random)

    assert drawn("D") == {2}
    assert drawn("Em") == {0, 1}
    assert drawn("Edor") == drawn("D", None) == drawn("D", kind="form") == drawn("Em", kind="form") == frozenset()
    assert Closes.from_dict(shares.as_dict()).as_dict() == shares.as_dict()


@pytest.mark.parametrize(("asked", "told"), [
    ({}, None), ({"bars": 4, "parts": "AABB"}, {0, 1}),
    ({"bars": 2, "parts": "AABB", "seed_text": f"{HEADER}|:GAB|c3:|d3||e3||f3|g"}, None),  # which does not fit
])  # fmt: skip
def test_a_form_has_its_own_shares(asked, told):
    checkpoint = replace(closing_checkpoint(), closes=Closes({"maj": (0.0, 0.0)}, {"maj": (1.0, 1.0)}))
    tries = Draft.begun(checkpoint, Request.checked(**{"seed_text": HEADER, "seed": 1} | asked)).line.tries
    assert (tries and tries.closing and tries.closing.sections) == told


def test_shares_of_free_tunes_count_for_all():
    data = {"maj": [0.0, 1.0]}
    assert Closes.from_dict(data).as_dict() == {"free": data, "form": data}


@pytest.mark.parametrize("data", [{"maj": [0.5]}, {"maj": 1}, {"maj": [0.5, 2]}, [1], {"maj": ["a", "b"]}])
def test_damaged_shares_are_refused(data):
    with pytest.raises(ValueError, match="shares"):
        Closes.from_dict(data)
