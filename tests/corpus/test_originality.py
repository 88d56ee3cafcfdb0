"""What a tune shares with the training music, against brute force."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn.corpus.cleaning import CleanTune, clean
from charrnn.corpus.originality import file as originality_file
from charrnn.corpus.originality.index import DEFAULT_PATH, LIKENESS_NOTES, Originality, OriginalityIndex
from charrnn.corpus.originality.melody import Step, melody, steps
from charrnn.corpus.originality.passages import Follower, Found, PassageIndex
from charrnn.corpus.sources import RawTune
from charrnn.corpus.split import bar_melodies, window_runs
from charrnn.errors import OriginalityError
from charrnn.evaluation.originality import summary
from charrnn.notation.reading.parser import parse
from charrnn.notation.transpose import transpose_music
from charrnn.notation.tune import Note, Tune
from tests.support.tiny import JIG
from tests.support.tunes import ANY_TEXT, KEYS, MUSIC, abc, tune_of

REEL = abc("GABcdefg|gfedcBAG|GBdgBdgb|g2G2G4|GABcdefg|gfedcBAG|FAdfAdfa|f2F2F4|", key="G")
AIR = abc("c4d4|e2f2g4|a2g2f2e2|d6z2|c4d4|e2f2g4|(3agf e2d2B2|c8|")


def cleaned(text: str, title: str, collection: str = "ours") -> CleanTune:
    return replace(clean(RawTune(text, collection)), title=title)


TRAINING = [cleaned(JIG, "The Test Jig"), cleaned(REEL, "The Reel"), cleaned(AIR, "An Air", "others")]
INDEX = OriginalityIndex.build(TRAINING, corpus_sha256="5ca1ab1e")


# -- brute force


def stands_in(passage: Sequence[Step], tune: Sequence[Step]) -> bool:
    return any(tune[start : start + len(passage)] == passage for start in range(len(tune) - len(passage) + 1))


def longest_ends(new: Sequence[Step], training: Sequence[Sequence[Step]]) -> list[int]:
    """Notes in the longest passage that ends at each note and stands in the training music."""
    return [
        max(
            length + 1
            for length in range(end + 1)
            if length == 0 or any(stands_in(new[end - length : end], tune) for tune in training)
        )
        for end in range(len(new) + 1)
    ]


def pushed(follower: Follower, new: Sequence[Step]) -> list[int]:
    duration = Fraction(1, 8)
    lengths = [follower.push(0, duration)]
    for interval, ratio in new:
        duration *= ratio
        lengths.append(follower.push(interval, duration))
    return lengths


STEPS = [(interval, Fraction(ratio)) for interval in (0, 2) for ratio in (1, 2)]
FEW_STEPS = st.lists(st.sampled_from(STEPS[:2]), max_size=25) | st.lists(st.sampled_from(STEPS), max_size=25)


@given(st.lists(FEW_STEPS, min_size=1, max_size=4), FEW_STEPS)
def test_a_follower_finds_what_brute_force_finds(training: list[list[Step]], new: list[Step]) -> None:
    follower = Follower(PassageIndex.build(training))
    assert pushed(follower, new) == longest_ends(new, training)


@given(st.lists(FEW_STEPS, min_size=1, max_size=4), FEW_STEPS, st.integers(1, 6))
def test_continuations_list_notes_that_exceed_the_limit(
    training: list[list[Step]], new: list[Step], limit: int
) -> None:
    follower = Follower(PassageIndex.build(training))
    pushed(follower, new)
    duration = Fraction(1, 8) * np.prod([ratio for _, ratio in new], initial=Fraction(1))
    next_notes = {(interval, ratio * duration) for interval, ratio in STEPS}
    assert follower.continuations(limit) == {note for note in next_notes if follower.copy().push(*note) > limit}


@given(st.lists(FEW_STEPS, min_size=1, max_size=4), FEW_STEPS, st.integers(0, 8))
def test_shortened_passages_are_where_brute_force_finds_them(
    training: list[list[Step]], new: list[Step], length: int
) -> None:
    index = PassageIndex.build(training)
    found = index.nothing
    for step in new:
        found = index.extend(found, step)
    shorter = index.shorten(found, length)
    assert shorter.steps == min(length, found.steps)
    passage = new[len(new) - shorter.steps :]
    everywhere = [step for tune in training for step in (None, *tune)]
    ends = {slot for slot in range(len(everywhere)) if everywhere[: slot + 1][slot + 1 - len(passage) :] == passage}
    if passage:
        assert set(index.ends(shorter).tolist()) == ends


@given(st.lists(FEW_STEPS, min_size=1, max_size=4), st.lists(st.sampled_from(STEPS), max_size=60))
def test_following_a_tune_takes_linear_work(training: list[list[Step]], new: list[Step]) -> None:
    """A passage loses no more notes than it has gained, so it is shortened at most once for each note."""

    class Counted(PassageIndex):
        shortened = 0

        def _parent(self, found: Found) -> Found:
            Counted.shortened += 1
            return super()._parent(found)

    Counted.shortened = 0
    pushed(Follower(Counted.build(training)), new)
    assert Counted.shortened <= len(new)


def test_fewer_than_two_notes_share_no_passage() -> None:
    for music in ("", "z8|", "A|"):
        found = INDEX.compare(tune_of(music))
        assert (found.longest, found.nearest, found.is_copy) == (None, None, False)
    assert INDEX.compare(tune_of("GA|", key="G")).longest is not None


@given(MUSIC, KEYS)
def test_comparison_with_a_corpus_matches_brute_force(music: str, key: str) -> None:
    tune = tune_of(music, key)
    found = INDEX.compare(tune)
    new, training = steps(melody(tune)), [steps(melody(each.parsed)) for each in TRAINING]
    longest = max(longest_ends(new, training))
    assert (found.longest.notes if found.longest else 1) == longest
    for bars, share in found.windows.items():
        windows = set(window_runs(bar_melodies(tune), bars))
        known = {window for each in TRAINING for window in window_runs(bar_melodies(each.parsed), bars)}
        assert share == (len(windows & known) / len(windows) if windows else None)
    length = LIKENESS_NOTES - 1
    passages = [new[start : start + length] for start in range(len(new) - length + 1)]
    shared = [sum(stands_in(passage, each) for passage in passages) for each in training]
    assert (found.nearest.share if found.nearest else 0) == max(shared) / max(1, len(passages))


@given(ANY_TEXT)
def test_damaged_text_is_compared_without_an_error(text: str) -> None:
    found = INDEX.compare(parse(text))
    assert found.report.endswith(".")
    assert found.longest is None or found.longest.end <= len(parse(text).notes)


# -- what is the same to the ear


def with_octaves(tune: Tune, octaves: int) -> Tune:
    """The tune with each note doubled so many octaves higher."""
    elements = (
        replace(each, pitches=(*each.pitches, *(replace(p, octave=p.octave + octaves) for p in each.pitches)))
        if isinstance(each, Note)
        else each
        for each in tune.elements
    )
    return replace(tune, elements=tuple(elements))


def in_a(tune: CleanTune) -> Tune:
    return parse(tune.header.replace("K:D", "K:A") + transpose_music(tune.music, tune.key, 1))


@pytest.mark.parametrize(
    "change",
    [
        in_a,
        lambda jig: with_octaves(jig.parsed, 1),
        lambda jig: with_octaves(jig.parsed, -1),
        lambda jig: parse(jig.text.replace("A|dfd", "A|d-d/fd", 1).replace("d-d/fd", "d/-d/fd")),
        lambda jig: parse(jig.text.replace("E2A", "EzA")),
        lambda jig: parse(jig.text.replace("A|dfd", '{g}A|"D".d!trill!fd', 1)),
    ],
    ids=["another key", "octave above", "octave below", "tied notes", "a note played short", "ornaments"],
)
def test_what_sounds_alike_is_found_whole(change: Callable[[CleanTune], Tune]) -> None:
    jig = TRAINING[0]
    tune, original = change(jig), INDEX.compare(jig.parsed)
    found = INDEX.compare(tune)
    assert tune.elements != jig.parsed.elements
    assert found.longest is not None
    assert found.longest == replace(original.longest, end=len(tune.notes))  # type: ignore[type-var]
    assert (found.nearest, found.is_copy, found.notes) == (original.nearest, True, original.notes)


def test_only_passages_through_some_notes_count() -> None:
    tune = tune_of("GABcdefg|gfedcBAG|c2e2c2e2|d2f2d2f2|", key="G")  # two bars of the reel, and two of nobody
    first, end = 16, len(tune.notes)
    found = INDEX.compare(tune).longest
    assert found is not None
    assert INDEX.longest_through(tune, 0, first) == found.notes >= 16
    assert INDEX.longest_through(tune, first + 2, end) < 6
    assert INDEX.longest_through(tune, 3, 4) == found.notes


def test_a_tune_in_sixteenths_equals_one_in_eighths() -> None:
    found = INDEX.compare(parse(REEL.replace("M:4/4\nL:1/8", "M:2/4\nL:1/16")))
    assert found.is_copy
    assert found.longest is not None
    assert found.longest.notes == found.notes


def test_the_tune_itself_is_found_whole() -> None:
    found = INDEX.compare(TRAINING[2].parsed)
    assert found.longest is not None
    assert (found.longest.title, found.longest.collection, found.longest.bar) == ("An Air", "others", 1)
    assert (found.longest.first, found.longest.end) == (0, len(TRAINING[2].parsed.notes))
    assert found.nearest is not None
    assert (found.nearest.title, found.nearest.share) == ("An Air", 1.0)
    assert found.windows == {1: 1.0, 2: 1.0, 4: 1.0}
    assert found.is_copy


def test_repeats_count_as_they_are_written() -> None:
    assert len(melody(tune_of("|:GABc:|1d4:|2e4|]"))) == 6


@pytest.mark.parametrize(
    ("music", "line"),
    [
        ("z2 A2 B2 z2 | c4-|c4", [(69, 1, 0, 1), (71, 2, 1, 2), (72, 4, 2, 4)]),
        ("A-A-A2 A-B", [(69, 2, 0, 3), (69, Fraction(1, 2), 3, 4), (71, Fraction(1, 2), 4, 5)]),
        ("[CE-]2 [GE]2", [(64, 1, 0, 1), (67, 1, 1, 2)]),
        ("[CE-]2 [CE]2", [(64, 2, 0, 2)]),
        ("[C-E]2 [CE]2", [(64, 1, 0, 1), (64, 1, 1, 2)]),
        ("^c-|c c", [(73, 1, 0, 2), (72, Fraction(1, 2), 2, 3)]),
    ],
)
def test_ties_merge_notes_and_rests_lengthen_them(music: str, line: list[tuple[int, Fraction, int, int]]) -> None:
    notes = [(note.pitch, 4 * note.duration, note.first, note.end) for note in melody(tune_of(music))]
    assert notes == line


def test_a_pickup_has_the_next_bars_number() -> None:
    bars = [note.bar for note in melody(tune_of("G|c4 c4|d8|e6 e:|c|f4 f4|g8|]"))]
    assert bars == [1, 1, 1, 2, 3, 3, 4, 4, 4, 5]


# -- where it stands


def test_a_passage_is_placed_in_both_tunes() -> None:
    new = tune_of("z2 CGcC G2-G2|d'2 (3fgf f2 d2|cBAG GBdg|Bdgb b4|]", key="G")
    found = INDEX.compare(new)
    assert found.longest is not None
    assert found.sentence == "Longest passage heard before: 12 notes, in 'The Reel' (ours, bar 2)."
    assert [note.pitches[0].letter for note in new.notes[found.longest.first : found.longest.end]] == list(
        "DCBAGGBDGBDGB"[1:]
    )


def test_nothing_is_shared_with_music_of_another_kind() -> None:
    found = INDEX.compare(tune_of("C c' C7 c'/"))
    assert (found.longest, found.nearest, found.is_copy) == (None, None, False)
    assert found.windows == {1: None, 2: None, 4: None}
    assert found.report == "Nothing of it has been heard before."
    assert INDEX.compare(parse("")).report == "There are no notes to compare."


def test_the_summary_combines_each_tunes_figures() -> None:
    found: list[Originality] = [INDEX.compare(tune) for tune in (TRAINING[0].parsed, tune_of("C c' C7 c'/"))]
    total = summary(found)
    notes = found[0].notes
    assert (total.tunes, total.copies, total.longest_mean, total.likeness) == (2, 1, notes / 2, 0.5)
    assert total.long_passages == {16: 0.5, 32: 0.5}
    assert total.windows == {1: 1.0, 2: 1.0, 4: 1.0}


# -- on disk


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "index.npz"
    INDEX.save(path)
    return path


def test_an_index_read_back_finds_the_same(saved: Path, tmp_path: Path) -> None:
    again = OriginalityIndex.load(saved)
    assert again.corpus_sha256 == INDEX.corpus_sha256
    for tune in (TRAINING[0].parsed, tune_of("GABc defg|c2 G2 E2 C2|G B d g B d g b|")):
        assert again.compare(tune) == INDEX.compare(tune)
    again.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == saved.read_bytes()


def found_with(path: Path) -> Originality | None:
    """What an index finds of the jig; None where it is refused."""
    try:
        return OriginalityIndex.load(path).compare(TRAINING[0].parsed)
    except OriginalityError:
        return None


def test_a_damaged_index_is_refused(saved: Path) -> None:
    data = saved.read_bytes()
    for place in range(0, len(data), 97):
        saved.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
        assert found_with(saved) in (None, INDEX.compare(TRAINING[0].parsed))  # a time of writing does no harm
    saved.write_bytes(data[: len(data) // 2])
    with pytest.raises(OriginalityError, match="is damaged or no index of passages"):
        OriginalityIndex.load(saved)


def test_an_unusable_index_is_refused_with_its_cause(tmp_path: Path, saved: Path) -> None:
    path = tmp_path / "other.npz"
    with pytest.raises(OriginalityError, match=r"other\.npz cannot be read: No such file"):
        OriginalityIndex.load(path)
    path.write_text("X:1\nK:C\nabc\n")
    with pytest.raises(OriginalityError, match="is damaged or no index of passages"):
        OriginalityIndex.load(path)
    np.savez(path, weights=np.zeros(3))
    with pytest.raises(OriginalityError, match="is no index of passages"):
        OriginalityIndex.load(path)
    np.savez(path, **(dict(np.load(saved)) | {"bars": np.zeros(3)}))
    with pytest.raises(OriginalityError, match="does not have the sha256 that it gives"):
        OriginalityIndex.load(path)
    with pytest.raises(OriginalityError, match="cannot be written: No such file"):
        INDEX.save(tmp_path / "no" / "folder.npz")
    with pytest.raises(OriginalityError, match="there are no tunes"):
        OriginalityIndex.build([])


def test_an_index_of_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "later.npz"
    monkeypatch.setattr(originality_file, "FORMAT_VERSION", 2)
    INDEX.save(path)
    monkeypatch.undo()
    with pytest.raises(OriginalityError, match="has format version 2; this program reads version 1"):
        OriginalityIndex.load(path)


def test_the_shipped_index_matches_the_models_training_music() -> None:
    index = OriginalityIndex.load(DEFAULT_PATH)
    corpus = json.loads(DEFAULT_PATH.with_name("folk.json").read_text())["corpus"]
    assert (index.corpus_sha256, len(index.sources)) == (corpus["sha256"], corpus["tunes"]["train"])
    assert {source.collection for source in index.sources} == set(corpus["names"])
