"""The judge of phrases in the kernel hears what ``model.likeness.phrases`` hears."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn.model.likeness.judge import Judge
from charrnn.model.likeness.phrases import begin, hear
from tests.model.test_phrases import ABC_SIGNS, TUNES
from tests.support.tiny import judge_of

HEADERS = (
    "M:6/8\nL:1/8\nR:jig\nK:D\n",
    "M:3/4\nL:1/4\nR:waltz\nK:Gm\n",
    "M:4/4\nK:Edor\n",
    "L:1/16\nK:none\n",
    "",
)
OFTEN = "ABCDEFGabcdefg|||:23/>'^=("
PIECES = st.lists(
    st.one_of(st.text(ABC_SIGNS, max_size=30), st.text(OFTEN, max_size=60), st.sampled_from(TUNES)), max_size=4
)


def said_by_kernel(judge: Judge, header: str, pieces: list[str]) -> list[float]:
    """What the judge says of each piece. Each is heard once more after another one, as tries are."""
    from charrnn.inference import ears as hearing
    from charrnn.inference.kernel.hearing import hear as hear_compiled
    from charrnn.inference.kernel.hearing import settle

    ears, judges = hearing.with_room(hearing.empty(2, 8), sum(map(len, pieces)) + 20), hearing.KnownJudges()
    number = judges.number(judge)
    hearing.listen(ears, 1, header, [])
    found = []
    for piece in pieces:
        for tried in ("cde:|f2", piece):
            said = hear_compiled(1, ears, judges.arrays, number, np.frombuffer(tried.encode(), np.uint8))
        found.append(said)
        settle(1, ears)
    return found


def said_by_python(judge: Judge, header: str, pieces: list[str]) -> list[float]:
    heard, found = begin(header), []
    for piece in pieces:
        features, heard = hear(heard, piece)
        found.append(judge.logit(features))
    return found


@given(header=st.sampled_from(HEADERS), pieces=PIECES)
def test_kernel_and_python_hear_the_same(header: str, pieces: list[str]) -> None:
    judge = known(header, pieces)
    assert said_by_kernel(judge, header, pieces) == said_by_python(judge, header, pieces)


@pytest.mark.parametrize("music", TUNES)
@pytest.mark.parametrize("header", HEADERS)
def test_a_tune_is_heard_bar_by_bar(header: str, music: str) -> None:
    places = [0, *(place + 1 for place, sign in enumerate(music) if sign == "|"), len(music)]
    pieces = [music[start:end] for start, end in pairwise(places)]
    judge = known(header, pieces)
    assert len(judge.hashes) > 100
    assert said_by_kernel(judge, header, pieces) == said_by_python(judge, header, pieces)


def known(header: str, pieces: list[str]) -> Judge:
    """A judge that knows every feature of these pieces."""
    heard, found = begin(header), []
    for piece in pieces:
        features, heard = hear(heard, piece)
        found.append(features)
    return judge_of(found)
