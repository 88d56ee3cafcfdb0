"""The shares that make sections close on the tonic as often as people's: measured, written, and read again."""

import json
from dataclasses import replace
from itertools import product

import pytest

from charrnn.cli import main
from charrnn.corpus.cleaning import clean
from charrnn.corpus.sources import RawTune
from charrnn.corpus.split import Split
from charrnn.evaluation import closing
from charrnn.evaluation.closing import Rates, closes_from, study
from charrnn.model.checkpoint import load_checkpoint, save_checkpoint
from charrnn.model.position.closes import KINDS, Closes
from tests.support.tiny import closing_checkpoint


def unmarked(items, count, text):
    return items


def test_the_share_leads_from_ours_to_peoples():
    rates = Rates("free", "maj", "last", people=0.8, ours=0.6, told=1.0)
    assert rates.share == 0.5
    assert rates.ours + rates.share * (rates.told - rates.ours) == pytest.approx(rates.people)


@pytest.mark.parametrize(("people", "told", "share"), [(0.5, 1.0, 0.0), (1.0, 0.9, 1.0), (0.9, 0.6, 0.0)])
def test_a_share_is_from_0_to_1(people, told, share):
    assert Rates("free", "maj", "last", people, ours=0.6, told=told).share == share


def test_rates_are_counted_on_all_sides(corpus, monkeypatch):
    monkeypatch.setattr(closing, "FEWEST", 1)
    rates = study(closing_checkpoint(0.0), corpus.split, 12, unmarked)
    known = {(each.kind, each.mode, each.place): each for each in rates}
    assert {(kind, place) for kind, _, place in known} == set(product(KINDS, ("inner", "last")))
    for (kind, mode, place), each in known.items():
        tunes = [tune for tune in corpus.split.train if tune.key.mode == mode]
        if place == "last":
            assert each.people >= sum(_ends_at_home(tune) for tune in tunes) / len(tunes)
        if kind == "form":  # sections of eight bars; a free one may be too short to be written again
            assert each.told > each.ours
    # A tune of random weights comes home now and then, and if told more often.
    assert sum(each.told for each in rates) > sum(each.ours for each in rates)
    shares = closes_from(rates).as_dict()
    assert shares == {
        kind: {mode: [known[kind, mode, place].share for place in ("inner", "last")] for _, mode, _ in known}
        for kind in KINDS
    }


def test_a_form_is_counted_by_its_tunes(monkeypatch):
    home, away = f"|:{'GABc|' * 7}G4:||:{'cBAG|' * 7}G4:|", f"|:{'GABc|' * 7}A4:|"
    tunes = [clean(RawTune(f"X:1\nL:1/8\nM:2/4\nK:G\n{music}\n", "ours")) for music in (home, home, away, away)]
    monkeypatch.setattr(closing, "compose_all", lambda checkpoint, requests: [])
    for fewest, expected in ((2, {"free": 0.5, "form": 1.0}), (3, {"free": 0.5, "form": 0.5})):
        monkeypatch.setattr(closing, "FEWEST", fewest)
        rates = study(closing_checkpoint(0.0), Split(tunes, [], [], 0, 0), 4, unmarked)
        assert {each.kind: each.people for each in rates if each.place == "last"} == expected


def test_each_kind_is_counted_on_its_own_tunes(corpus, monkeypatch):
    asked = []
    monkeypatch.setattr(closing, "compose_all", lambda checkpoint, requests: asked.append(requests) or [])
    study(closing_checkpoint(0.0), corpus.split, 6, unmarked)
    assert [[bool(request.form) for request in requests] for requests in asked] == [[False] * 3] * 2 + [[True] * 3] * 2


def _ends_at_home(tune):
    letters = [character.upper() for character in tune.music if character.isalpha() and character != "z"]
    return letters[-1] == tune.key.tonic[0]


def test_the_command_writes_shares_into_the_description(tmp_path, corpus_file, capsys):
    path = tmp_path / "tiny.safetensors"
    checkpoint = closing_checkpoint(0.0)
    save_checkpoint(replace(checkpoint, closes=Closes({}), corpus={"names": [str(corpus_file)]}), path)
    assert main(["closes", "--count", "4", "--json", "--checkpoint", str(path)]) == 0
    told = json.loads(capsys.readouterr().out)
    found = load_checkpoint(path)
    assert found.closes.as_dict() == {
        kind: {
            mode: [one["share"] for one in told if (one["kind"], one["mode"]) == (kind, mode)]
            for mode in {one["mode"] for one in told}
        }
        for kind in KINDS
    }
    assert found.plans.as_dict() == checkpoint.plans.as_dict()  # and nothing else has changed
