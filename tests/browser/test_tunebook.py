"""The book of tunes and the joining of sounds, in a browser, without page and server."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from charrnn import limits
from charrnn.importing.opened import book_texts, title_of
from charrnn.notation.reading.parser import parse
from charrnn.render.arrangement import arranged
from charrnn.ui.answers.sound import sound_of
from charrnn.ui.score import STATIC
from tests.support.browser import needs_chromium, page_with, run

pytestmark = needs_chromium

BOOK = """
const book = await import("/static/panels/tunebook.js");
const tune = (title) => ({ abc: `X:1\\nT:${title}\\nK:D\\nA|\\n`, title });
const filled = (...titles) => titles.reduce((one, title) => book.add(one, tune(title)), book.EMPTY);
const names = (one) => one.sections.map(({ tunes }) => tunes.map(({ title }) => title).join("+"));
const idOf = (one, title) => book.tunesOf(one).find((each) => each.title === title).id;
const refusal = (act) => { try { act(); return ""; } catch (error) { return error.message; } };
"""


@pytest.fixture(scope="module")
def browse() -> Iterator[Any]:
    with page_with({"static": STATIC}) as page:
        yield lambda script, given=None: run(page, BOOK + script, given)


def test_a_tune_is_in_the_book_once(browse):
    told = browse('return [names(filled("A", "B")), refusal(() => filled("A", "A"))];')
    assert told == [["A", "B"], "This tune is in your book already."]


def test_the_bounds_are_those_of_the_server(browse):
    told = browse("return [book.MOST_TUNES, book.MOST_IN_A_SET, book.MOST_CHARACTERS];")
    assert told == [limits.MAX_BOOK_KEPT, limits.MAX_SET_TUNES, limits.MAX_ABC_CHARACTERS]


def test_a_full_book_refuses_another_tune(browse):
    script = """
        const full = filled(...Array.from({ length: 200 }, (_, index) => `T${index}`));
        const long = { abc: "A".repeat(20_001), title: "" };
        const fifty = Array.from({ length: 50 }, (_, index) => ({ abc: index + "A".repeat(19_990), title: "" }));
        const heavy = fifty.reduce((one, each) => book.add(one, each), book.EMPTY);
        return [
          refusal(() => book.add(full, tune("more"))),
          refusal(() => book.add(full, long)),
          refusal(() => book.add(heavy, { abc: "B".repeat(20_000), title: "" })),
        ];"""
    assert browse(script) == [
        "A book has at most 200 tunes; remove one first.",
        "A tune of a book has at most 20,000 characters.",
        "A book has at most 1,000,000 characters; remove a tune first.",
    ]


def test_tunes_are_joined_into_sets_and_taken_out(browse):
    script = """
        let one = filled("A", "B", "C", "D", "E");
        one = book.join(book.join(book.join(one, 1), 1), 1);
        const four = names(one);
        const fifth = refusal(() => book.join(one, 1));
        one = book.takeOut(one, idOf(one, "B"));
        return [four, fifth, names(one), refusal(() => book.join(one, 0))];"""
    assert browse(script) == [
        ["A+B+C+D", "E"],
        "A set has at most 4 tunes, not 5.",
        ["A+C+D", "B", "E"],
        "There is no tune above this one.",
    ]


def test_tunes_and_sets_can_be_moved(browse):
    script = """
        let one = book.join(filled("A", "B", "C"), 1);
        const inSet = names(book.moveTune(one, idOf(one, "B"), -1));
        const stays = names(book.moveTune(one, idOf(one, "A"), -1));
        return [inSet, stays, names(book.moveSection(one, 0, 1)), names(book.moveTune(one, idOf(one, "C"), -1))];"""
    assert browse(script) == [["B+A", "C"], ["A+B", "C"], ["C", "A+B"], ["C", "A+B"]]


def test_a_set_of_one_is_a_tune_again(browse):
    script = """
        let one = book.nameSet(book.join(filled("A", "B"), 1), 0, "Saturday");
        const named = one.sections[0].name;
        one = book.remove(one, idOf(one, "A"));
        return [named, names(one), one.sections[0].name, names(book.remove(one, idOf(one, "B")))];"""
    assert browse(script) == ["Saturday", ["B"], "", []]


@pytest.mark.parametrize(
    ("abc", "title"),
    [
        ("X:1\nT:Old\nT:Other\nK:D\nA|", "New"),
        ("X:1\nK:D\nA|", "100% & \\ &amp; <b>"),
        ("K:D\nA|\nT:Later", "First"),
        ("X:3\nT:Old % why\nK:D\nT:in the tune\nA|", "  two\n lines "),
    ],
)
def test_a_new_title_reads_back_as_typed(browse, abc, title):
    script = """
        let one = book.add(book.EMPTY, { abc: given[0], title: "Old" });
        const [{ tunes: [{ title, abc }] }] = book.rename(one, one.sections[0].tunes[0].id, given[1]).sections;
        return [title, abc];"""
    shown, renamed = browse(script, [abc, title])
    assert shown == " ".join(title.split())
    assert parse(renamed).title.split("\n")[0] == title_of(renamed) == shown
    assert parse(renamed).notes == parse(renamed).notes
    assert [note.pitches for note in parse(renamed).notes] == [note.pitches for note in parse(abc).notes]


def test_an_empty_title_is_refused(browse):
    told = browse('const one = filled("A"); return refusal(() => book.rename(one, idOf(one, "A"), " \\n"));')
    assert told == "A tune needs a title."


def test_what_is_kept_is_read_back(browse):
    script = """
        const one = book.nameBook(book.nameSet(book.join(filled("A", "B", "C"), 1), 0, "Saturday"), "Ours");
        const { book: back, isWhole } = book.fromText(book.toText(one));
        const none = book.fromText(null);
        return [names(back), back.sections[0].name, back.title, isWhole, names(none.book), none.isWhole];"""
    assert browse(script) == [["A+B", "C"], "Saturday", "Ours", True, [], True]


TUNE = {"abc": "X:1\nT:A\nK:D\nA|\n", "title": "A"}


@pytest.mark.parametrize(
    ("kept", "left"),
    [
        ("{", []),
        ("5", []),
        ("[]", []),
        ("null", []),
        ('{"sections":5}', []),
        (json.dumps({"title": {}, "sections": [None, 5, {"tunes": 7}, {"tunes": [TUNE]}]}), ["A"]),
        (json.dumps({"sections": [{"tunes": [TUNE, TUNE, {"abc": 5, "title": "x"}, {"abc": "A" * 20_001}]}]}), ["A"]),
        (json.dumps({"sections": [{"name": 7, "tunes": [{**TUNE, "abc": f"{n}"} for n in range(6)]}]}), ["A+A+A+A"]),
        (json.dumps({"sections": [{"name": "", "tunes": [{**TUNE, "abc": f"{n}"}]} for n in range(300)]}), ["A"] * 200),
    ],
    ids=range(9),
)
def test_damaged_storage_entries_are_left_out(browse, kept, left):
    script = "const { book: one, isWhole } = book.fromText(given); return [names(one), isWhole];"
    assert browse(script, kept) == [left, False]


def test_a_book_survives_saving_to_a_file(browse):
    script = """
        let one = book.nameSet(book.join(filled("A", "B", "C", "D", "E"), 1), 0, "Saturday");
        return book.toAbc(book.join(one, 2));"""
    text = browse(script)
    tunes = [{"abc": abc, "title": title_of(abc)} for abc in book_texts("book.abc", text.encode())]
    assert [parse(tune["abc"]).number for tune in tunes] == ["1", "2", "3", "4", "5"]
    script = """
        const { book: one, added, left } = book.addAll(book.EMPTY, given);
        return [names(one), one.sections.map(({ name }) => name), added, left, one.sections[0].tunes[0].abc];"""
    *told, first = browse(script, tunes)
    assert told == [["A+B", "C+D", "E"], ["Saturday", "", ""], 5, 0]
    assert "charrnn-set" not in first


def test_of_ten_thousand_tunes_two_hundred_come_in(browse):
    script = """
        const many = Array.from({ length: 10_000 }, (_, index) => tune(`T${index}`));
        const { book: one, added, left } = book.addAll(filled("A"), many);
        return [book.tunesOf(one).length, added, left];"""
    assert browse(script) == [200, 199, 9_801]


def test_the_set_of_a_link_comes_in_once(browse):
    script = """
        const set = { name: "Saturday", tunes: [tune("A"), tune("B")] };
        const one = book.addSet(filled("C"), set);
        return [names(one), one.sections[1].name, names(book.addSet(one, set))];"""
    assert browse(script) == [["C", "A+B"], "Saturday", ["C", "A+B"]]


def sound(abc: str) -> dict[str, Any]:
    tune = parse(f"X:1\nL:1/8\nQ:1/4=120\n{abc}")
    arrangement = arranged(tune, None, is_straight=True)
    return sound_of(tune, arrangement.performance, arrangement.accompaniment, arrangement.end)


def joined(browse: Any, *tunes: str) -> dict[str, Any]:
    script = 'return (await import("/static/player/joining.js")).joined(given);'
    return browse(script, [sound(abc) for abc in tunes])


FULL, WITH_PICKUP = "M:4/4\nK:C\nCDEF GABc|c2d2 e4|]", "M:4/4\nK:G\nD|GABc dedB|G4 G3|]"


@pytest.mark.parametrize(
    ("tunes", "second"),
    [
        ((FULL, FULL), 2.0),
        ((WITH_PICKUP, WITH_PICKUP), 2.0),  # the last bar and the pick-up are one bar
        ((FULL, WITH_PICKUP), 1.875),  # the pick-up takes the end of the last note
        ((WITH_PICKUP, FULL), 2.125),  # what the last bar lacks is waited for
        (("M:4/4\nK:C\nCDEF GABc|]", WITH_PICKUP), 1.0),  # where notes stand in the way, it comes after them
    ],
)
def test_the_next_set_tune_begins_in_step(browse, tunes, second):
    whole = joined(browse, *tunes)
    assert whole["starts"] == [0, second]
    first = [note for note in whole["notes"] if note["piece"] == 0]
    assert max(note["at"] + note["duration"] for note in first) <= second
    assert min(note["at"] for note in whole["notes"] if note["piece"] == 1) == second


def test_tunes_of_a_set_keep_tempo_and_notes(browse):
    tunes = [FULL, WITH_PICKUP.replace("M:", "Q:1/4=60\nM:"), FULL]
    whole, sounds = joined(browse, *tunes), [sound(abc) for abc in tunes]
    assert [pace for _, pace in whole["tempo"]] == [2, 4, 2]
    assert [at for at, _ in whole["tempo"]] == whole["starts"]
    assert whole["length"] == whole["starts"][-1] + sounds[-1]["length"]
    for piece, one in enumerate(sounds):
        found = [note for note in whole["notes"] if note["piece"] == piece]
        assert [note["pitch"] for note in found] == [note["pitch"] for note in one["notes"]]
        assert [bar for _, bar, at in whole["bars"] if at == piece] == [bar for _, bar in one["bars"]]
    assert [event["at"] for event in whole["notes"]] == sorted(event["at"] for event in whole["notes"])
