"""Shaping the chosen tune, and looking into it, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from charrnn.errors import RenderError
from charrnn.notation.bars import bars
from charrnn.notation.order.repeats import sections
from charrnn.notation.reading.parser import parse
from charrnn.render.playing.performance import perform
from charrnn.render.problems import problems
from charrnn.render.score import engraving
from charrnn.render.upbeats import counted
from tests.browser.test_page_listening import select_bars
from tests.support.browser import needs_chromium
from tests.support.served import GRADIO_WARNINGS
from tests.support.tiny import slow_down
from tests.support.visitor import (
    ATTACK,
    choose,
    generate,
    open_tab,
    player,
    shown_abc,
    the_page,
    until_another,
    wait_until,
)

pytestmark = [
    pytest.mark.filterwarnings(GRADIO_WARNINGS),
    needs_chromium,
]


def bar_texts(abc: str) -> list[list[object]]:
    tune = parse(abc)
    return [[(note.pitches, note.duration) for note in tune.elements[bar.first : bar.end] if hasattr(note, "pitches")]
            for bar in bars(tune)]  # fmt: skip


def test_selected_bars_are_written_anew_and_nothing_else(page):
    generate(page)
    before = bar_texts(shown_abc(page))
    select_bars(page, 2, 3)
    after = bar_texts(until_another(page, page.get_by_role("button", name="Rewrite these bars").click))
    assert after[:2] == before[:2]
    assert after[4:] == before[4:]
    assert after[2:4] != before[2:4]
    ways = page.locator(".variants .choice")
    assert ways.count() > 1
    bits = [one["bits"] for one in the_page(page, "value.variants")]
    assert bits == sorted(bits)
    chosen = the_page(page, "value.variants[1].abc")
    assert until_another(page, ways.nth(1).click) == chosen


def test_changes_to_a_tune_are_undone_and_redone(page):
    generate(page)
    original = shown_abc(page)
    texts = [original]
    for name in ("Vary", "Add a part", "Continue"):
        texts.append(until_another(page, page.get_by_role("button", name=name).click))
        assert problems(parse(texts[-1])) == []
    assert perform(parse(texts[2])).duration > perform(parse(texts[1])).duration
    assert len(list(sections(parse(texts[2]).elements))) > len(list(sections(parse(texts[1]).elements)))
    for text in reversed(texts[:-1]):
        page.get_by_role("button", name="Undo").click()
        assert shown_abc(page) == text
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.locator(".sheet").focus()
    page.keyboard.press("Control+Shift+Z")
    assert shown_abc(page) == texts[1]
    page.keyboard.press("Control+Z")
    assert shown_abc(page) == original


def test_a_variation_tells_which_bars_are_new(page):
    generate(page)
    before = bar_texts(shown_abc(page))
    after = bar_texts(until_another(page, page.get_by_role("button", name="Vary").click))
    numbers = counted(parse(shown_abc(page)))
    new = {numbers[place] for place, (old, now) in enumerate(zip(before, after, strict=True)) if old != now}
    remark = page.locator(".remark")
    expect(remark).to_contain_text("; the others are as they were.")
    told = {int(number) for number in re.findall(r"\d+", remark.inner_text().partition(";")[0])}
    assert new
    assert new <= told  # a bar may have been put back as it was


def test_a_stopped_change_is_kept_and_undoable(page, monkeypatch):
    generate(page)
    slow_down(monkeypatch)
    original = shown_abc(page)
    turn = the_page(page, "turn")
    page.get_by_role("button", name="Continue").click()
    wait_until(lambda: len(shown_abc(page)) > len(original) + 10)
    page.get_by_role("button", name="Stop").first.click()
    page.wait_for_function(f"document.querySelector('.score').page.turn > {turn + 1}")
    expect(page.locator(".score[data-state=done]")).to_be_visible()
    expect(page.locator(".remark")).to_have_text("You stopped it here.")
    assert len(shown_abc(page)) > len(original)
    page.get_by_role("button", name="Undo").click()
    assert shown_abc(page) == original
    until_another(page, page.get_by_role("button", name="Vary").click)  # the page is free again


def test_bars_written_anew_stay_selected_for_another_try(page):
    generate(page)
    select_bars(page, 2, 3)
    for _ in range(2):
        until_another(page, page.get_by_role("button", name="Rewrite these bars").click)
        expect(page.locator(".selected-bars")).to_have_text("Bars 2 to 3 are selected.")
        expect(page.locator(".sheet .chosen")).to_have_count(2)


def test_a_tune_transposes_by_key_or_by_interval(page):
    generate(page)
    pitches = [note["pitch"] for note in the_page(page, "value.sound.notes")]
    page.get_by_label("Transpose to").select_option("G")
    until_another(page, page.get_by_role("button", name="Transpose", exact=True).click)
    assert the_page(page, "value.key") == "G"
    page.get_by_label("or by").select_option("-5")
    until_another(page, page.get_by_role("button", name="Transpose", exact=True).click)
    assert the_page(page, "value.key") == "D"
    assert [note["pitch"] % 12 for note in the_page(page, "value.sound.notes")] == [pitch % 12 for pitch in pitches]


def test_a_whistle_player_sees_fingerings_and_transposes(page):
    choose(page, "Instrument", "D whistle")
    generate(page)
    assert the_page(page, "value.settings.instrument") == "whistle"
    page.locator(".fingering").check()
    expect(page.locator(".sheet")).to_contain_text("●")
    key = the_page(page, "value.key")
    page.get_by_label("Transpose to").select_option("C")
    until_another(page, page.get_by_role("button", name="Transpose", exact=True).click)
    expect(page.locator(".remark")).to_contain_text("is not on this instrument: D whistle")
    page.get_by_label("or by").select_option("instrument")
    until_another(page, page.get_by_role("button", name="Transpose", exact=True).click)
    assert the_page(page, "value.key") == key


def test_a_guitarist_reads_frets_from_a_capo(page):
    choose(page, "Instrument", "Guitar")
    generate(page)
    expect(page.get_by_label("Capo")).to_be_hidden()
    page.locator(".fingering").check()
    capo = page.get_by_label("Capo")
    expect(capo).to_be_visible()
    open_strings = the_page(page, "value.picture.svg")
    capo.select_option("fret 2")
    page.wait_for_function(
        "before => document.querySelector('.score').page.value.picture.svg !== before", arg=open_strings
    )
    assert the_page(page, "view.capo") == 2
    page.locator(".fingering").uncheck()
    expect(capo).to_be_hidden()


def test_editing_abc_in_place_underlines_mistakes(page):
    generate(page)
    open_tab(page, "ABC")
    abc = shown_abc(page)
    editor = page.locator(".score .abc")
    editor.fill(abc.replace("dfd ecA", "dfd ecAA").replace("The Page Jig", ATTACK))
    expect(page.locator(".title")).to_have_text(ATTACK)
    marks = page.locator(".marks mark")
    expect(marks).to_have_text(["dfd"])
    expect(page.locator(".problems summary")).to_have_text("This tune has a mistake")
    page.locator(".problems summary").click()
    page.locator(".problems li button").click()
    line = abc.split("\n").index(next(one for one in abc.split("\n") if one.startswith("|:A|"))) + 1
    start = len("\n".join(abc.replace("The Page Jig", ATTACK).split("\n")[: line - 1])) + 1 + len("|:A|")
    assert editor.evaluate("box => box.selectionStart") == start
    page.get_by_role("button", name="Undo").click()
    assert shown_abc(page) == abc
    expect(marks).to_have_count(0)
    assert page.evaluate("window.PWN") is None


def test_typed_beams_can_be_switched_off(page):
    generate(page)
    open_tab(page, "ABC")
    page.locator(".score .abc").fill("X:1\nT:Seven\nM:7/8\nL:1/8\nK:C\nDEFG ABc|\n")
    expect(page.locator(".title")).to_have_text("Seven")
    expect(page.locator(".sheet .beam")).to_have_count(2)
    page.get_by_label("As typed").uncheck()
    expect(page.locator(".sheet .beam")).to_have_count(3)
    assert "typed=0" in page.url
    page.locator(".score .abc").fill("X:1\nT:Six\nM:6/8\nL:1/8\nK:C\nDEFGAB|\n")
    expect(page.locator(".title")).to_have_text("Six")
    expect(page.get_by_label("As typed")).to_be_hidden()


def test_is_it_new_describes_and_marks_the_passage(page):
    generate(page)
    found = the_page(page, "value.originality")
    open_tab(page, "Is it new?")
    expect(page.locator(".newness .verdict")).to_have_text(found["sentence"])
    expect(page.locator(".sheet .heard")).not_to_have_count(0)
    page.get_by_label("Mark the passage in the score").uncheck()
    expect(page.locator(".sheet .heard")).to_have_count(0)


def test_look_inside_shows_alternatives_for_each_character(page):
    generate(page)
    open_tab(page, "Look inside")
    page.get_by_role("button", name="Look inside this tune").click()
    characters = page.locator(".characters [role=option]")
    expect(characters.first).to_be_visible()
    moments = page.evaluate("document.querySelector('.score').page.inside.shown.moments")
    assert characters.count() == len(moments) > 100
    assert page.locator(".surprise .bits").count() == len(moments)
    assert page.locator(".surprise .bar-line").count() == sum(one["character"] == "|" for one in moments)
    characters.nth(5).click()
    rows = page.locator(".step tbody tr")
    expect(rows).to_have_count(len(moments[5]["alternatives"]))
    heads = page.locator(".step thead th").all_text_contents()
    assert heads == ["", "at 0.5", "at 1.0, unscaled", "at 1.5", "after the grammar"]
    cold, learnt, hot = moments[5]["alternatives"][0][2:]
    assert cold is None or cold > learnt > hot  # the probable becomes more probable in the cold
    page.keyboard.press("ArrowRight")
    expect(characters.nth(6)).to_have_attribute("aria-selected", "true")


def test_a_clarinet_part_changes_notation_but_not_sound(page):
    generate(page)
    sound = the_page(page, "value.sound.notes")
    link = the_page(page, "value.link")
    signature = page.locator(".sheet .system .keySig .keyAccid")
    signs = signature.count()
    page.get_by_role("button", name="Play", exact=True).click()
    page.locator(".written-part").select_option("B flat")
    expect(page.locator(".sheet")).to_contain_text("Part in B flat")
    assert signature.count() == 2 * signs  # from D to E
    assert player(page, "running")
    expect(page.locator(".sheet .sounding")).not_to_have_count(0)
    page.get_by_role("button", name="Pause").click()
    assert [(note["pitch"], note["notes"]) for note in player(page, "notes")] == [
        (note["pitch"], note["notes"]) for note in sound
    ]
    assert the_page(page, "value.link") == link
    page.locator(".sheet #n1 .notehead").click()
    expect(page.locator(".where")).to_have_text("Bar 1: E")  # d as it is written
    assert "part=Bb" in page.url
    text = shown_abc(page)
    until_another(page, page.get_by_role("button", name="Vary").click)
    page.locator(".written-part").select_option("concert")
    expect(page.locator(".sheet")).not_to_contain_text("Part in")
    page.get_by_role("button", name="Undo").click()
    assert shown_abc(page) == text
    expect(page.locator(".sheet")).not_to_contain_text("Part in")  # not the older picture


def test_nothing_is_selected_without_a_picture(page, monkeypatch):
    generate(page)
    select_bars(page, 1, 2)
    the_page(page, "open({...document.querySelector('.score').page.value, done: 'bars', picture: null})")
    assert the_page(page, "staff.selected") is None
    monkeypatch.setattr(engraving, "draw_here", fails)
    generate(page, seed="8")
    expect(page.locator(".sheet svg")).to_have_count(0)
    page.locator(".sheet").focus()
    page.keyboard.press("Shift+ArrowRight")
    assert the_page(page, "staff.selected") is None
    assert page.get_by_text(re.compile("^Bars? .* (is|are) selected")).count() == 0


def fails(*_: object) -> list[str]:
    raise RenderError("The score cannot be drawn.")
