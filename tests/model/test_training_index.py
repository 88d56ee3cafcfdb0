"""Which index of training music belongs to a checkpoint, and what is said where none does."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from charrnn.corpus.cleaning import clean
from charrnn.corpus.collection import Corpus
from charrnn.corpus.originality.index import DEFAULT_PATH, OriginalityIndex
from charrnn.corpus.sources import RawTune
from charrnn.errors import OriginalityError
from charrnn.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from charrnn.model.training_index import corpus_key, index_at, index_of, index_path, summary_of, write_index
from charrnn.notation.reading.parser import parse
from charrnn.sampling.candidates import stream_candidates
from charrnn.sampling.compose import compose
from charrnn.sampling.options import Request
from charrnn.ui.answers.answer import answer
from charrnn.ui.answers.candidates import shown
from charrnn.ui.answers.view import View
from charrnn.ui.handlers.desk import Desk
from charrnn.ui.model import BackgroundModel
from tests.support.tiny import JIG, save_tiny, tiny_checkpoint
from tests.support.training_jigs import trainer

REEL = "X:1\nT:Ours\nM:4/4\nL:1/8\nK:G\nG2BG dGBG|A2cA eAcA|G2BG dGBd|cAFA G4:|\n"
MISSING = "tiny.originality.npz, the index of what this model was trained on, is not there"
OTHER = "tiny.originality.npz was made of another corpus than the one that this model was trained on"


def index_for(*texts: str, sha256: str = "") -> OriginalityIndex:
    return OriginalityIndex.build([clean(RawTune(text, "ours")) for text in texts], sha256)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A checkpoint with its index beside it."""
    path = tmp_path / "tiny.safetensors"
    save_tiny(path)
    return path


def without_index(path: Path) -> Path:
    index_path(path).unlink()
    return path


def with_another(path: Path) -> Path:
    index_for(REEL, sha256="other").save(index_path(path))
    return path


def test_a_checkpoint_has_its_own_index(path: Path) -> None:
    for index in (index_of(load_checkpoint(path)), index_at(path), BackgroundModel(str(path)).index()):
        assert [source.title for source in index.sources] == ["The Test Jig"]
        assert index.compare(parse(JIG)).is_copy
        assert not index.compare(parse(REEL)).is_copy


@pytest.mark.parametrize(("spoilt", "reason"), [(without_index, MISSING), (with_another, OTHER)])
def test_a_missing_or_wrong_index_is_refused(path: Path, spoilt, reason: str) -> None:
    checkpoint = load_checkpoint(spoilt(path))
    for found in (lambda: index_of(checkpoint), lambda: index_at(path), BackgroundModel(str(path)).index):
        with pytest.raises(OriginalityError) as caught:
            found()
        assert str(caught.value) == f"tunes are not compared with the training music: {reason}"


def test_a_damaged_index_is_named_without_its_folder(path: Path) -> None:
    index_path(path).write_bytes(b"damaged")
    with pytest.raises(OriginalityError, match=r"music: tiny\.originality\.npz is damaged or no index of passages"):
        index_at(path)


def test_a_checkpoint_that_names_no_corpus_has_none(path: Path) -> None:
    save_checkpoint(replace(tiny_checkpoint(), corpus={}), path)
    with pytest.raises(OriginalityError, match=r"tiny\.json does not say what this model was trained on"):
        index_at(path)
    path.with_suffix(".json").write_text("[]")
    with pytest.raises(OriginalityError, match=r"tiny\.json is not the description of a checkpoint"):
        index_at(path)
    with pytest.raises(OriginalityError, match="was not read from a file"):
        index_of(tiny_checkpoint())


def test_the_shipped_checkpoint_has_the_shipped_index(tmp_path: Path) -> None:
    shipped = DEFAULT_PATH.with_name("folk.safetensors")
    assert index_at(shipped).corpus_sha256 == json.loads(shipped.with_suffix(".json").read_text())["corpus"]["sha256"]
    elsewhere = tmp_path / "copy.safetensors"  # of the same music: no second file is needed
    shutil.copy(shipped.with_suffix(".json"), elsewhere.with_suffix(".json"))
    assert index_at(elsewhere) is index_at(shipped)


def test_a_replaced_index_is_read_again(path: Path) -> None:
    with pytest.raises(OriginalityError):
        index_at(with_another(path))
    save_tiny(path)
    assert index_at(path).corpus_sha256 == "the jig alone"


def test_training_writes_the_index(corpus: Corpus, tmp_path: Path) -> None:
    run = trainer(corpus, tmp_path / "mine.safetensors")
    run.run()
    index = index_of(load_checkpoint(run.path))
    assert (index.corpus_sha256, len(index.sources)) == (corpus.sha256, len(corpus.split.train))
    assert index.compare(corpus.split.train[0].parsed).is_copy


def test_an_index_holds_what_was_learnt_before(corpus: Corpus, path: Path, tmp_path: Path) -> None:
    start, later = load_checkpoint(path), tmp_path / "later.safetensors"
    write_index(later, corpus, start)
    save_checkpoint(replace(tiny_checkpoint(), corpus=summary_of(corpus, start)), later)
    index = index_at(later)
    both = OriginalityIndex.build([*corpus.split.train, clean(RawTune(JIG, "ours"))])
    for tune in (parse(JIG), corpus.split.train[-1].parsed, parse(REEL)):
        assert index.compare(tune) == both.compare(tune)
    index_path(later).unlink()
    index_for(JIG, sha256=corpus.sha256).save(index_path(later))  # of the later corpus alone: not all that was learnt
    with pytest.raises(OriginalityError, match="was made of another corpus"):
        index_at(later)


def test_going_on_without_the_earlier_index_is_refused(corpus: Corpus, path: Path, tmp_path: Path) -> None:
    start = load_checkpoint(without_index(path))
    with pytest.raises(OriginalityError, match=MISSING):
        write_index(tmp_path / "later.safetensors", corpus, start)


@pytest.mark.parametrize(
    ("corpus", "key"),
    [
        ({"sha256": "a"}, "a"),
        ({"sha256": "b", "went_on_from": {"sha256": "a"}}, "b+a"),
        ({"sha256": "a", "went_on_from": {"sha256": "a"}}, "a"),
        ({"sha256": "b", "went_on_from": {}}, ""),
        ({"sha256": 3}, ""),
        ([], ""),
    ],
)
def test_a_key_names_every_corpus(corpus: object, key: str) -> None:
    assert corpus_key(corpus) == key


def several(checkpoint: Checkpoint):
    *_, tunes = stream_candidates(checkpoint, Request.checked("M:6/8\nL:1/8\nK:D\n", length=40, seed=1), 2)
    return tunes


@pytest.mark.parametrize(("spoilt", "reason"), [(without_index, MISSING), (with_another, OTHER)])
def test_page_and_interface_say_why_nothing_is_compared(path: Path, spoilt, reason: str) -> None:
    checkpoint = load_checkpoint(spoilt(path))
    sentence = f"Tunes are not compared with the training music: {reason}."
    told = {"compared": False, "sentence": sentence}
    tunes = several(checkpoint)
    on_page = shown(checkpoint, tunes, View())
    assert on_page["originality"] == told
    assert all("originality" not in one["parts"] for one in on_page["candidates"])
    look = Desk(index=BackgroundModel(str(path)).index).functions()[0]
    assert look({"abc": JIG, "view": {}}, None)["originality"] == told
    answered = answer(checkpoint, tunes, len(tunes))
    assert answered["remark"] == sentence
    assert all("originality" not in one["parts"] for one in answered["candidates"])


def test_originality_is_reported_with_the_right_index(path: Path) -> None:
    checkpoint = load_checkpoint(path)
    tunes = several(checkpoint)
    on_page = shown(checkpoint, tunes, View())
    assert on_page["originality"]["compared"]
    assert all("originality" in one["parts"] for one in on_page["candidates"])
    assert "remark" not in answer(checkpoint, tunes, len(tunes))


def test_steering_needs_the_index(path: Path) -> None:
    request = Request.checked("M:6/8\nL:1/8\nK:D\n", length=40, seed=1, most_shared=8)
    assert compose(load_checkpoint(path), request).abc
    checkpoint = load_checkpoint(with_another(path))
    with pytest.raises(OriginalityError, match=OTHER):
        compose(checkpoint, request)
