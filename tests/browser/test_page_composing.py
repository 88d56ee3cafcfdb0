"""Composing in the page, in a real browser: settings, the growing tune, and what is refused."""

import pytest
from playwright.sync_api import expect

from charrnn.notation.order.repeats import sections
from charrnn.render.playing.performance import perform
from charrnn.sampling.start.titles import title_for
from charrnn.ui.controls import MOST_SHARED
from charrnn.ui.settings import CANDIDATES
from tests.support.browser import needs_chromium
from tests.support.served import GRADIO_WARNINGS
from tests.support.visitor import (
    ATTACK,
    TUNE,
    choose_candidates,
    choose_form,
    choose_length,
    generate,
    open_tab,
    opened,
    set_seed,
    show_more,
    shown_abc,
    shown_tune,
    the_page,
    until_another,
    wait_until,
)
from tests.ui.test_app_http import call
from tests.ui.test_chances import chances_at

pytestmark = [
    pytest.mark.filterwarnings(GRADIO_WARNINGS),
    needs_chromium,
]


# Bars that are drawn, and where the tabs below them begin, each time that a growing tune is shown.
NOTE_GROWTH = """() => {
  const { page } = document.querySelector(".score");
  const real = page.watchGrowing;
  page.growth = [];
  page.watchGrowing = function (value) {
    real.call(this, value);
    const { y } = document.querySelector(".tabs").getBoundingClientRect();
    page.growth.push([document.querySelectorAll(".sheet .measure").length, y]);
  };
}"""


@pytest.mark.own_page
def test_the_score_grows_bar_by_bar_without_jumping(page, slowly):
    choose_length(page, 150)
    page.evaluate(NOTE_GROWTH)
    generate(page)
    bars, heights = zip(*[one for one in the_page(page, "growth") if one[0]], strict=True)
    assert len(set(bars)) > 3
    assert list(bars) == sorted(bars)
    assert max(heights) - min(heights) < 200  # a system more, at most: nothing jumps
    expect(page.locator(".title")).to_have_text("The Page Jig")
    expect(page.locator(".facts").first).to_have_text("jig · 6/8 · key of D")
    assert page.locator(".sheet .measure").count() >= max(bars)


def test_a_tempo_typed_just_before_generate_counts(page):
    page.get_by_label("Tempo", exact=True).first.fill("77")
    generate = page.get_by_role("button", name="Generate")
    until_another(page, lambda: generate.click(delay=100))  # as long as a finger takes
    assert "\nQ:1/4=77\n" in shown_abc(page)


def test_a_typed_tempo_is_kept_and_played(page):
    generate(page, "Q:3/8=60\nM:6/8\nL:1/8\nK:D\n")
    assert "\nQ:3/8=60\n" in shown_abc(page)
    assert page.evaluate("document.querySelector('.score').page.value.sound.tempo[0][1]") == pytest.approx(8 / 3)


def test_a_surprise_is_a_tune_of_some_dance(page):
    until_another(page, lambda: page.get_by_role("button", name="Surprise me").click())
    tune = shown_tune(page)
    assert tune.rhythm in ("jig", "reel", "hornpipe", "waltz", "polka", "slip jig", "march")
    assert page.locator("#seed-text textarea").input_value().endswith(f"K:{tune.key}\n")


@pytest.mark.own_page
def test_the_best_of_several_candidates_is_shown(page, address):
    page.goto(address)
    page.wait_for_function("document.querySelector('.score')?.page")
    show_more(page)
    expect(page.get_by_label("number input for Candidates")).to_have_value(str(CANDIDATES))
    generate(page)
    expect(page.locator(".candidates .choice")).to_have_count(CANDIDATES)
    assert shown_abc(page) == the_page(page, "value.candidates[0].abc")
    choose_candidates(page, 1)
    generate(page, seed="8")
    expect(page.locator(".candidates .choice")).to_have_count(0)


def test_candidates_are_ranked_and_one_is_chosen(page):
    choose_candidates(page, 3)
    generate(page, "M:6/8\nL:1/8\nK:D\n")
    choices = page.locator(".candidates .choice")
    expect(choices).to_have_count(3)
    candidates = the_page(page, "value.candidates")
    assert [one["score"] for one in candidates] == sorted((one["score"] for one in candidates), reverse=True)
    assert {"likelihood", "originality", "range", "cadence"} == set(candidates[0]["parts"])
    assert shown_abc(page) == candidates[0]["abc"]
    expect(choices.nth(0).locator("> svg")).to_be_visible()
    until_another(page, choices.nth(2).click)
    assert shown_abc(page) == candidates[2]["abc"]
    expect(choices.nth(2)).to_have_attribute("aria-pressed", "true")
    until_another(page, choices.nth(1).click)
    for place in (2, 0):  # undoing a choice shows what could be chosen
        page.get_by_role("button", name="Undo").click()
        assert shown_abc(page) == candidates[place]["abc"]
        expect(choices.nth(place)).to_have_attribute("aria-pressed", "true")


def chances(page):
    """What the strip under the slider shows: the heights of its bars, panel by panel."""
    return page.evaluate(
        "[...document.querySelectorAll('.chances .columns')].map((one) => [...one.children]"
        ".map((bar) => Number(bar.dataset.chance)))"
    )


def test_the_temperature_preview_follows_tune_and_slider(page):
    expect(page.locator(".chances")).to_be_visible()  # an example, before there is any tune
    example = page.evaluate("document.querySelector('.chances').strip.step")
    temperature = page.get_by_label("number input for Temperature")
    temperature.fill("1.2")
    generate(page)
    step = the_page(page, "value.step")
    assert step != example
    for chosen in ("1.2", "0.7"):
        temperature.fill(chosen)
        page.keyboard.press("Tab")
        expect(page.locator(".chances .own h4")).to_have_text(f"{chosen}, chosen")
        for shown, value in zip(chances(page), (0.5, float(chosen), 1.5), strict=True):
            assert shown[:-1] == pytest.approx(chances_at(step, value)[: len(shown) - 1], abs=1e-3)
            assert sum(shown) == pytest.approx(1, abs=1e-3)
    cold, own, hot = chances(page)
    assert cold[0] > own[0] > hot[0]  # the probable becomes more probable in the cold
    music = shown_abc(page).partition("K:D\n")[2].replace("\n", "").replace(" ", "")
    assert step["before"].replace(" ", "") + step["character"] in music


# Chances that are mounted before gradio has made the slider.
EARLY = """() => {
  const { strip } = document.querySelector(".chances");
  const root = strip.root.cloneNode(true);
  const slider = document.querySelector("#temperature");
  const place = slider.nextSibling;
  const column = slider.parentNode;
  slider.remove();
  new strip.constructor(root).show(strip.step);
  const isHidden = root.hidden;
  column.insertBefore(slider, place);
  return new Promise((resolve) => setTimeout(() => resolve([isHidden, root.hidden])));
}"""


def test_the_temperature_preview_waits_for_the_slider(page):
    page.wait_for_function("document.querySelector('.chances').strip?.step")
    assert page.evaluate(EARLY) == [True, False]


def test_steering_keeps_shared_passages_short(page):
    page.get_by_label("Avoid copying").check()
    generate(page, "M:6/8\nL:1/8\nK:D\n")
    assert the_page(page, "value.settings.most_shared") == MOST_SHARED
    assert the_page(page, "value.originality.length") <= MOST_SHARED


def test_stop_ends_the_work_but_keeps_the_music(page, address, slowly):
    choose_length(page, 4000)
    generate(page, wait=False)
    stop = page.get_by_role("button", name="Stop").first
    expect(stop).to_be_enabled()
    wait_until(lambda: "E2A|" in shown_abc(page))
    stop.click()
    expect(page.locator(".score[data-state=done]")).to_be_visible()
    expect(page.locator(".remark")).to_have_text("You stopped it here.")
    expect(stop).to_be_disabled()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_enabled()
    wait_until(lambda: "ended" in slowly)
    assert call(address, length=5)[0] == "complete"


def test_closing_the_tab_frees_the_slot(browser, address, slowly):
    visitor = browser.new_page()
    opened(visitor, address)
    choose_length(visitor, 4000)
    generate(visitor, wait=False)
    wait_until(lambda: "E2A|" in shown_abc(visitor))
    visitor.close()
    wait_until(lambda: "ended" in slowly, seconds=20)  # half of what the tune would take
    assert call(address, length=5)[0] == "complete"


def test_a_used_seed_gives_the_same_tune_again(page):
    generate(page, seed="")
    used = page.locator("#seed-used textarea").input_value()
    first = shown_abc(page)
    page.get_by_role("button", name="Use again").click()
    expect(page.get_by_label("Random seed")).to_have_value(used)
    generate(page, seed=used)
    assert used.isdecimal()
    assert shown_abc(page) == first


def test_mistakes_in_a_seed_are_listed_by_place(page):
    generate(page, "M:6/8\nL:1/8\nK:D\n|:A|dfd|")
    problems = page.locator(".problems")
    expect(problems.locator("summary")).to_have_text(
        "This tune has a mistake. Your own bars are kept as you typed them:"
    )
    expect(page.locator(".remark")).to_have_text("Your seed has a mistake; the ABC tab shows where.")
    open_tab(page, "ABC")
    problems.locator("summary").click()
    expect(problems.locator("li").first).to_contain_text("line ")
    expect(page.locator(".clean")).to_be_hidden()


BAD_INPUT = [
    ("GAB🎵", "7", "🎵"),
    ("x" * 2_001, "7", "Seed must have at most 2,000 characters, not 2,001."),
    ("", "-1", "Random seed must be a whole number from 0 to 2,147,483,647, not -1."),
    ("", "seven", "Random seed must be a whole number from 0 to 2,147,483,647, not 'seven'."),
    ("", ATTACK, "Random seed must be a whole number from 0 to 2,147,483,647, not '<img src=x onerror="),
]


def test_bad_input_gets_a_sentence_and_composing_continues(page):
    for seed, random_seed, sentence in BAD_INPUT:
        generate(page, seed, random_seed, wait=False)
        toast = page.get_by_test_id("toast-body").filter(has_text=sentence)
        for _ in range(20):  # a click is ignored until the page has put the last event away
            page.wait_for_timeout(500)
            if toast.count():
                break
            page.get_by_role("button", name="Generate").click()
        expect(toast.first).to_be_visible()
        page.wait_for_timeout(300)
        expect(page.locator(".score[data-state=empty]")).to_be_visible()
    generate(page)
    assert page.evaluate("window.PWN") is None


@pytest.mark.own_page
def test_a_refused_request_leaves_the_shown_tune(page):
    generate(page)
    before = shown_abc(page)
    generate(page, "K:D\nABc \N{MUSICAL NOTE}", wait=False)
    expect(page.get_by_test_id("toast-body").filter(has_text="not known to the model")).to_be_visible()
    page.wait_for_timeout(300)
    assert shown_abc(page) == before
    expect(page.locator(".score[data-state=done]")).to_be_visible()


def test_markup_in_titles_and_annotations_stays_text(page):
    for attack in (ATTACK, "{{constructor}} ${window.PWN=1} `", "<script>window.PWN=1</script>"):
        generate(page, f'T:{attack}\nM:6/8\nL:1/8\nK:D\n|:A|"{attack}"dfd ecA|')
        expect(page.locator(".title")).to_have_text(attack)
        assert f'"{attack}"dfd' in shown_abc(page)
    page.wait_for_timeout(200)
    assert page.evaluate("window.PWN") is None
    assert page.locator(".score img, .score script, .score foreignObject").count() == 0


@pytest.mark.own_page
def test_a_form_decides_what_is_written(page):
    seed = "M:6/8\nL:1/8\nK:D\nABc def|"
    page.locator(".either .reset-button").click()
    generate(page, seed)  # two parts of eight bars, each twice, is what the page starts with
    tune = shown_tune(page)
    assert sum(section.repeats for section in sections(tune.elements)) == 2
    assert perform(tune).duration == 32 * tune.meter.bar
    open_tab(page, "ABC")
    expect(page.locator(".clean")).to_be_visible()
    choose_form(page, "A:")
    page.get_by_label("number input for Length").fill("3")
    generate(page, seed, "8")
    tune = shown_tune(page)
    expect(page.locator(".title")).to_have_text(title_for(8, tune.rhythm))
    assert sum(section.repeats for section in sections(tune.elements)) == 0
    assert perform(tune).duration == 3 * tune.meter.bar


def test_the_model_writes_freely_without_the_grammar(page):
    page.get_by_label("Grammar").uncheck()
    page.get_by_label("number input for Length").fill("50")
    generate(page)
    expect(page.locator(".remark")).to_contain_text("It was cut off at 50 characters.")
    summary = page.locator(".problems summary")
    expect(summary).to_contain_text("This tune has ")
    expect(summary).not_to_contain_text("Your own bars")


def test_a_double_click_asks_for_one_tune(page):
    set_seed(page, TUNE)
    page.get_by_label("Random seed").fill("")
    page.get_by_role("button", name="Generate").dblclick()
    expect(page.locator(".score[data-state=done]")).to_be_visible()
    generate(page)  # whatever was asked for before has come by now
    assert len(the_page(page, "visit.entries")) == 2
