"""Reading, cleaning and splitting the training music."""

from pathlib import Path

import pytest

from charrnn import limits
from charrnn.corpus import sources
from charrnn.corpus.augmentation import transpositions
from charrnn.corpus.cleaning import CleanTune, Unusable, clean, without_loose_ties
from charrnn.corpus.collection import load_corpus, report
from charrnn.corpus.sources import RawTune, decode, find_files, read_tunes
from charrnn.corpus.split import cluster, near_variants, side_of, split
from charrnn.errors import CorpusError
from charrnn.notation.reading.parser import parse
from charrnn.notation.transpose import transpose_music
from charrnn.notation.writing.writer import canonical_music
from charrnn.render.playing.performance import perform
from tests.support.tiny import JIG

HEADER = "X:1\nM:4/4\nL:1/8\nK:G\n"


def cleaned(music: str, header: str = HEADER) -> CleanTune:
    return clean(RawTune(header + music, "ours"))


# -- cleaning


def test_cleaning_keeps_music_and_drops_transcription_habits() -> None:
    tune = cleaned('"G"G2 {a}(AB) .c~d !trill!ef | % a comment\n gfed c4 |]')
    assert tune.text == "M:4/4\nL:1/8\nK:G\nG2ABcdef|gfedc4|]\n"


@pytest.mark.parametrize(
    ("music", "header", "reason"),
    [
        ("V:1\nGABcdefg|\nV:2\nGABcdefg|", HEADER, "several voices or an overlay"),
        ("GABc & defg|GABcdefg|", HEADER, "several voices or an overlay"),
        ("GABcdefg|GABcdef|gfedcBAG|", HEADER, "a bar that does not add up"),
        ("GABcdefg|=20 GABcdefg|", HEADER, "text that is not ABC"),
        ("GABcdefg|(12:8GABcdefgabag|", HEADER, "text that is not ABC"),
        ("GABc|", HEADER, "fewer than eight notes"),
        ("GABcdefg|GABc|", HEADER.replace("4/4", "none"), "free meter"),
        ("GABcdefg|" * 3000, HEADER, "too long"),
    ],
)
def test_an_unusable_tune_is_skipped_with_its_reason(music: str, header: str, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        cleaned(music, header)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("GABc-|c4-c4", "GABc-|c4-c4"),
        ("GABc-|d4-e4", "GABc|d4e4"),
        ("GABc-|z4c4", "GABc|z4c4"),
        ("GABc|c8-", "GABc|c8"),
        ("GABc|[ce]4-[ce]4", "GABc|[ce]4-[ce]4"),
        ("GABc|[ce]4-[cg]4", "GABc|[c-e]4[cg]4"),
    ],
)
def test_only_ties_to_an_equal_pitch_are_kept(written: str, kept: str) -> None:
    assert canonical_music(without_loose_ties(parse(f"K:C\n{written}|"))) == f"{kept}|]"


def test_tunes_with_a_tempo_in_words_are_kept() -> None:
    assert cleaned("GABcdefg|", 'Q:"Allegro"\n' + HEADER).music == "GABcdefg|]"


def test_transposed_tunes_sound_the_same_at_another_pitch() -> None:
    tune = clean(RawTune(JIG, "ours"))
    original = [event.pitch for event in perform(tune.parsed).notes]
    for text, _ in transpositions(tune)[1:]:
        moved = [event.pitch for event in perform(clean(RawTune("X:1\n" + text, "ours")).parsed).notes]
        assert len({after - before for before, after in zip(original, moved, strict=True)}) == 1


def test_a_tune_comes_in_seven_keys_original_first() -> None:
    tune = clean(RawTune(JIG, "ours"))
    texts = [text for text, _ in transpositions(tune)]
    assert texts[0] == tune.text
    assert [line for text in texts for line in text.splitlines() if line.startswith("K:")] == [
        "K:D", "K:F", "K:C", "K:G", "K:A", "K:E", "K:B",
    ]  # fmt: skip


@pytest.mark.parametrize("music", ["[K:Dphr ^f]GABcdefg|", "GABcdefg|[K:D exp ^f]GABcdefg|"])
def test_training_moves_no_explicit_accidentals_yet(music: str) -> None:
    tune = cleaned(music)
    assert transpositions(tune) == [(tune.text, 0)]


def test_training_keeps_a_first_ending_without_a_second() -> None:
    assert cleaned("GABcdefg|1gfedcBAG:|GABcdefg|]").music == "|:GABcdefg|1gfedcBAG||GABcdefg|]"


@pytest.mark.parametrize(
    ("music", "learnt"),
    [
        ("GABcdefg|1gfedcBAG:|GABcdefg|]", "|:GABcdefg|1gfedcBAG:|2GABcdefg|]"),
        ("V:1\nGABcdefg|gfedcBAG|]\nV:2\nG8|G8|]", "GABcdefg|gfedcBAG|]"),
        ("GABcdefg|(10:8:10gfedcBAGAB|]", "GABcdefg|(10:8gfedcBAGAB|]"),
    ],
)
def test_a_corpus_can_be_read_anew(music: str, learnt: str) -> None:
    assert clean(RawTune(HEADER + music, "ours"), is_anew=True).music == learnt


# -- splitting


def test_variants_in_any_key_form_one_cluster() -> None:
    jig = clean(RawTune(JIG, "ours"))
    moved = cleaned(transpose_music(jig.music, jig.key, 1), "X:1\nM:6/8\nL:1/8\nK:A\n")
    changed = clean(RawTune(JIG.replace("EFE E2A|", "E3 E2A|"), "ours"))
    other = cleaned("GABcdefg|gfedcBAG|GBdgBdgb|g2G2G4|]")
    assert sorted(map(sorted, cluster([jig, other, moved, changed]))) == [[0, 2, 3], [1]]


def test_a_clusters_split_depends_only_on_its_content() -> None:
    assert side_of(["b", "a", "c"]) == side_of(["c", "b", "a"])
    sides = [side_of([str(number)]) for number in range(2000)]
    assert 0.77 < sides.count("train") / 2000 < 0.83
    assert 0.03 < sides.count("valid") / 2000 < 0.07


def test_tunes_with_the_same_text_count_once() -> None:
    jig = clean(RawTune(JIG, "ours"))
    parts = split([jig, jig, jig])
    assert (len(parts.train) + len(parts.valid) + len(parts.test), parts.duplicates) == (1, 2)


def test_near_variants_are_found_and_strangers_are_not() -> None:
    jig = clean(RawTune(JIG, "ours"))
    changed = clean(RawTune(JIG.replace("EFE E2A|", "E3 E2A|"), "ours"))
    stranger = cleaned("GABcdefg|gfedcBAG|GBdgBdgb|g2G2G4|]")
    assert near_variants([changed, stranger], [jig]) == [changed]


# -- sources


def test_files_folders_and_patterns_are_found(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("a.abc", "deep/b.abc", "c.txt"):
        (tmp_path / name).write_text(JIG)
    assert [path.name for _, path in find_files((str(tmp_path),))] == ["a.abc", "b.abc"]
    assert [path.name for _, path in find_files((str(tmp_path / "*.txt"),))] == ["c.txt"]
    assert [path.name for _, path in find_files((str(tmp_path / "a.abc"),))] == ["a.abc"]


def test_a_missing_corpus_error_lists_available_ones() -> None:
    with pytest.raises(CorpusError, match=r"corpus 'nowhere' is neither a collection \(ryansMammoth"):
        find_files(("nowhere",))


def test_a_file_without_a_usable_tune_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prose.abc").write_text("Once upon a time")
    with pytest.raises(CorpusError, match="no usable tune in"):
        load_corpus((str(tmp_path / "prose.abc"),))


def test_a_broken_tune_is_skipped_and_counted(tmp_path: Path) -> None:
    (tmp_path / "book.abc").write_text(f"{JIG}\nX:2\nK:C\nABc 5 d ^^^e\n\n{JIG.replace('ecA', 'eAc')}")
    corpus = load_corpus((str(tmp_path / "book.abc"),))
    assert len(corpus.tunes) == 2
    assert dict(corpus.dropped) == {("book.abc", "text that is not ABC"): 1}


def test_one_broken_tune_in_a_thousand_is_skipped(tmp_path: Path) -> None:
    good = "X:1\nM:4/4\nL:1/8\nK:G\nGABcdefg|\n"
    (tmp_path / "book.abc").write_text("".join([good] * 700 + ["X:2\nK:C\nABc 5 d ^^^e\n"] + [good] * 299))
    corpus = load_corpus((str(tmp_path / "book.abc"),))
    assert corpus.summary()["read"] == 1_000
    assert dict(corpus.dropped) == {("book.abc", "text that is not ABC"): 1}
    assert (len(corpus.tunes), corpus.split.duplicates) == (1, 998)
    assert "998 duplicates counted once" in report(corpus)


def test_a_huge_line_is_one_overlong_tune(tmp_path: Path) -> None:
    (tmp_path / "book.abc").write_text(f"{JIG}\nX:2\nK:C\n{'A' * 5_000_000}\n\nX:3\nT:{'t' * 1_000_000}\nK:C\nA|\n")
    corpus = load_corpus((str(tmp_path / "book.abc"),))
    assert dict(corpus.dropped) == {("book.abc", "too long"): 2}
    assert "     2  too long" in report(corpus)


def test_an_oversized_file_is_refused_without_reading_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "book.abc"
    with path.open("wb") as file:
        file.truncate(limits.MAX_FILE_BYTES + 1)  # takes no room on the disk
    monkeypatch.delattr(Path, "read_bytes")
    with pytest.raises(CorpusError, match=r"book\.abc is larger than 67,108,864 bytes"):
        load_corpus((str(path),))


@pytest.mark.parametrize("text", ["", "\n", "X:1\n", "X:1\nT:Nothing\nK:C\n"])
def test_a_file_without_tunes_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "empty.abc").write_text(text)
    with pytest.raises(CorpusError, match=r"no usable tune in .*empty\.abc: \d read, all left out"):
        load_corpus((str(tmp_path / "empty.abc"),))


def test_a_tune_with_non_utf8_bytes_is_used(tmp_path: Path) -> None:
    name = "Ó Néill".encode("cp1252")
    (tmp_path / "book.abc").write_bytes(JIG.encode().replace(b"The Test Jig", name + b"\x81\xff"))
    (tune,) = load_corpus((str(tmp_path / "book.abc"),)).tunes
    assert tune.title == "Ó Néill\ufffdÿ"
    assert tune.text == clean(RawTune(JIG, "ours")).text


def test_non_utf8_bytes_are_read_as_cp1252() -> None:
    assert decode("Ó Néill".encode()) == decode("Ó Néill".encode("cp1252")) == "Ó Néill"


def test_the_report_lists_tunes_read_dropped_and_split(tmp_path: Path) -> None:
    (tmp_path / "book.abc").write_text(f"{JIG}\nX:2\nT:Short\nK:C\nABc|\n")
    text = report(load_corpus((str(tmp_path / "book.abc"),)))
    for part in ("book.abc", "fewer than eight notes", "6/8 1", "D 1", "1 clusters", "near variant"):
        assert part in text


def test_the_default_collections_hold_the_documented_tunes() -> None:
    tunes = list(read_tunes())
    assert len(tunes) == 4433
    assert {tune.collection for tune in tunes} == {"ryansMammoth", "oneills1850", "airdsAirs", "miscFolk"}


def test_a_named_collection_need_not_be_learnt_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tune.abc").write_text("X:1\nK:C\nCDEF|\n")
    monkeypatch.setitem(sources.COLLECTIONS, "mine", lambda: tmp_path)
    assert [tune.collection for tune in sources.read_tunes(("mine",))] == ["mine"]
    assert "mine" not in sources.DEFAULT_COLLECTIONS
