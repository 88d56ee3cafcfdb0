"""What a run has got so far: kept whatever happens, gone on with by the same run alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn.bulk import ledger as ledger_module
from charrnn.bulk.ledger import Ledger, begun_with, part_of
from charrnn.errors import BulkError

RUN = {"seed": 7, "form": {"bars": 8, "parts": "AABB"}, "texts": ("a", "b")}


def begun(target: Path, *results: dict[str, Any], run: dict[str, Any] = RUN) -> Path:
    with Ledger(target, run, resume=False) as ledger:
        for result in results:
            ledger.append(result)
    return part_of(target)


def test_a_resumed_run_continues_after_saved_results(tmp_path: Path) -> None:
    target = tmp_path / "tunes.abc"
    part = begun(target, {"n": 1}, {"n": 2})
    assert part.name == "tunes.abc.part"
    assert begun_with(target)["seed"] == 7
    with Ledger(target, RUN, resume=True) as ledger:
        assert ledger.count == 2
        ledger.append({"n": 3})
        assert list(ledger.results()) == [{"n": 1}, {"n": 2}, {"n": 3}]
        ledger.remove()
    assert list(tmp_path.iterdir()) == []
    assert begun_with(target) == {}


@given(cut=st.integers(0, 60), rest=st.binary(max_size=5))
def test_a_truncated_file_keeps_only_whole_results(
    tmp_path_factory: pytest.TempPathFactory, cut: int, rest: bytes
) -> None:
    target = tmp_path_factory.mktemp("cut") / "tunes.abc"
    results = [{"n": 1, "abc": "C\nD"}, {"n": 2, "abc": "\u00e9"}]
    part = begun(target, *results)
    whole = part.read_bytes()
    part.write_bytes(whole[: len(whole) - cut] + rest.replace(b"\n", b""))
    with Ledger(target, RUN, resume=True) as ledger:
        assert 0 <= ledger.count <= 2
        assert (ledger.count == 2) == (cut == 0)
        for result in results[ledger.count :]:
            ledger.append(result)
        assert part.read_bytes() == whole


def test_starting_without_resume_keeps_an_unfinished_run(tmp_path: Path) -> None:
    part = begun(tmp_path / "tunes.abc", {"n": 1})
    before = part.read_bytes()
    with pytest.raises(BulkError, match="is left of a run that was stopped: --resume goes on with it; remove it to"):
        Ledger(tmp_path / "tunes.abc", RUN, resume=False)
    assert part.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 8}, "seed is 7 there and 8 here"),
        ({"form": None}, 'form is {"bars": 8, "parts": "AABB"} there and null here'),
        ({"new": 1}, "new is null there and 1 here"),
    ],
)
def test_another_run_is_refused_by_what_differs_first(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    part = begun(tmp_path / "tunes.abc", {"n": 1})
    before = part.read_bytes()
    with pytest.raises(BulkError) as refused:
        Ledger(tmp_path / "tunes.abc", RUN | change, resume=True)
    assert str(refused.value) == f"{part} is another run's: {message}"
    assert part.read_bytes() == before


def test_a_run_without_results_blocks_no_new_run(tmp_path: Path) -> None:
    assert not begun(tmp_path / "tunes.abc").exists()
    part_of(tmp_path / "tunes.abc").write_text(json.dumps(RUN) + "\n")  # killed before its first result
    with Ledger(tmp_path / "tunes.abc", {"seed": 9}, resume=False) as ledger:
        ledger.append({"n": 1})
    assert begun_with(tmp_path / "tunes.abc") == {"seed": 9}


def test_a_file_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    part = part_of(tmp_path / "tunes.abc")
    part.write_text("half of a download\nand more")
    for resume in (False, True):
        with pytest.raises(BulkError, match="is in the way: it is not what a stopped run has left"):
            Ledger(tmp_path / "tunes.abc", RUN, resume)
    assert part.read_text() == "half of a download\nand more"


def test_two_runs_do_not_write_at_once(tmp_path: Path) -> None:
    if ledger_module.fcntl is None:
        return
    with Ledger(tmp_path / "tunes.abc", RUN, resume=False) as ledger:
        ledger.append({"n": 1})
        with pytest.raises(BulkError, match="is being written by another run"):
            Ledger(tmp_path / "tunes.abc", RUN, resume=True)


@pytest.mark.parametrize("is_begun_anew", [False, True])
def test_a_part_file_its_run_removed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_begun_anew: bool
) -> None:
    """The other run ends between the opening of its part and the lock on it; a third one may begin."""
    part = part_of(tmp_path / "tunes.abc")

    def locked(*_: object) -> None:
        part.unlink()
        if is_begun_anew:
            part.write_text("a third run's")

    monkeypatch.setattr(ledger_module.fcntl, "flock", locked)
    with pytest.raises(BulkError, match="was another run's, which has just ended"):
        Ledger(tmp_path / "tunes.abc", RUN, resume=False)
    assert part.exists() == is_begun_anew
    assert not is_begun_anew or part.read_text() == "a third run's"


def test_a_full_disk_is_reported_and_results_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "tunes.abc"
    with Ledger(target, RUN, resume=False) as ledger:
        ledger.append({"n": 1})
        file = ledger._file

        class Full:
            """Takes a few bytes more."""

            def write(self, data: bytes) -> int | None:
                return file.write(data[:4])

            def close(self) -> None:
                file.close()

        monkeypatch.setattr(ledger, "_file", Full())
        with pytest.raises(BulkError, match=r"tunes\.abc\.part cannot be written: No space left on device"):
            ledger.append({"n": 2})
    with Ledger(target, RUN, resume=True) as ledger:
        assert list(ledger.results()) == [{"n": 1}]
