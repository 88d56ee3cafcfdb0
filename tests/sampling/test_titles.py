"""Titles of tunes that nobody has named."""

from itertools import pairwise

from charrnn.render.export.midi import track_name
from charrnn.sampling.start.titles import title_for


def test_seed_number_and_rhythm_determine_the_title():
    assert title_for(7, "jig") == title_for(7, " Jig ") != title_for(7, "reel")


def test_neighbouring_seeds_have_different_titles_in_many_forms():
    titles = [title_for(seed) for seed in range(1_000)]
    assert len(set(titles)) > 700
    assert all(one != other for one, other in pairwise(titles))
    assert {title.split()[0] for title in titles} >= {"The", "Farewell"}


def test_a_title_is_a_line_of_plain_letters():
    for seed in (0, 1, 2**31 - 1):
        title = title_for(seed, "slip jig")
        assert title == track_name(title)
        assert title.replace("'", "").replace(" ", "").isalpha()
