"""Completes a tune's header: what the person gave stays, the rest is the model's own choice.

Where the person gave what tells of something missing before it, such as notes without their meter or key, or a rhythm
without its meter, several headers are drawn and one is chosen by how probable it is together with what was given.
"""

import re
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from charrnn.grammar.form import Form
from charrnn.inference.draws import Sampling, draw, multinomial
from charrnn.inference.guides import Mask
from charrnn.inference.readings import Continuation, reading_of
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.scoring import ScoredText, score
from charrnn.model.vocabulary import START, Vocabulary
from charrnn.notation.fields import is_plain_unit, parse_meter, parse_unit
from charrnn.notation.instruments.table import instrument_of
from charrnn.notation.keys import parse_key
from charrnn.notation.tokens import lex
from charrnn.notation.writing.canonical import canonical_rhythm
from charrnn.sampling.options import Request
from charrnn.sampling.start.plan import sections_of_form

CANDIDATES = 12  # headers to choose from where something is given to judge them by
_ENOUGH_TUNES = 10  # of one form, to draw from what their headers have
_TRIES = 8  # a value is drawn so often at most before the plain one is taken
_MAX_VALUE = 20  # characters of a field
_PLAIN = {"M": "4/4", "L": "1/8", "K": "G"}


def complete_header(checkpoint: Checkpoint, request: Request, prefix: str, random: np.random.Generator) -> str:
    """The canonical header, M: L: R: K: in this order; R: only if given, or if the model wants one. A key that is not
    given is one that the request's instrument usually plays.

    ``prefix`` is the seed's music in canonical spelling.
    """
    given = given_fields(request.seed_text)
    instrument = instrument_of(request.instrument)
    keys = instrument.keys if instrument else ()
    if not tells_of_what_is_missing(given, prefix):
        if request.form and not prefix:
            given |= _fields_for_form(checkpoint, request.form, given, request.temperature, random)
        return _draw_header(checkpoint, given, request.temperature, random, keys)
    drawn = [_draw_header(checkpoint, given, request.temperature, random, keys) for _ in range(CANDIDATES)]
    candidates = list(dict.fromkeys(drawn))
    texts = [ScoredText(header, prefix, 0) for header in candidates]
    scores = score(checkpoint.network, checkpoint.vocabulary, texts, count_header=True)
    bits = np.array([result.bits for result in scores])  # the cost of ending here is nearly the same for all
    if request.temperature == 0:
        return candidates[int(bits.argmin())]
    return candidates[multinomial(np.exp2(bits.min() - bits), random)]


def tells_of_what_is_missing(given: dict[str, str], prefix: str) -> bool:
    """Whether a field is missing before others that are given, or before the notes: R:reel tells of the meter."""
    known = [name in given for name in "MLRK" if name != "R" or name in given] + [bool(prefix)]
    return any(later and not earlier for earlier, later in combinations(known, 2))


def given_fields(text: str) -> dict[str, str]:
    """Canonical values of the M:, L:, R: and K: lines before the seed's music, in any order; those that cannot be read
    are left out."""
    return {name: canonical for name, (_, canonical) in _read_fields(text).items()}


def typed_fields(text: str) -> dict[str, str]:
    """The values of the same lines as they were typed."""
    return {name: typed for name, (typed, _) in _read_fields(text).items()}


def _read_fields(text: str) -> dict[str, tuple[str, str]]:
    """(as typed, canonical)"""
    readers = {"M": parse_meter, "L": parse_unit, "R": canonical_rhythm, "K": parse_key}
    found: dict[str, tuple[str, str]] = {}
    for token in lex(text):
        if token.kind != "field line":
            break
        name, value = str(token.parts["name"]), str(token.parts["value"])
        if name in readers and value:
            try:
                found[name] = value, str(readers[name](value))
            except ValueError:
                continue
    return {name: values for name, values in found.items() if values[1]}


def _draw_header(
    checkpoint: Checkpoint, given: dict[str, str], temperature: float, random: np.random.Generator, keys: Sequence[str]
) -> str:
    """``keys`` are those to choose from; any where there are none."""
    header = ""
    for name in "MLRK":
        if name in given:
            header += f"{name}:{given[name]}\n" if given[name] else ""
        elif name != "R" or _wants_rhythm(checkpoint, header, temperature, random):
            values = keys if name == "K" else ()
            header += f"{name}:{_draw_value(checkpoint, header + name + ':', temperature, random, values)}\n"
    return header


def _fields_for_form(
    checkpoint: Checkpoint, form: Form, given: dict[str, str], temperature: float, random: np.random.Generator
) -> dict[str, str]:
    """Meter, unit length and rhythm (which may be empty) of a training tune with this form, drawn among those that
    agree with the given fields. A header drawn by the network may be one that people use for other forms. Empty where
    fewer than ``_ENOUGH_TUNES`` such tunes are known."""
    fields = [
        (dict(zip("MLR", (*meter_and_unit.split(" "), rhythm), strict=True)), count)
        for (meter_and_unit, rhythm), count in checkpoint.plans.contexts_of(sections_of_form(form)).items()
    ]
    fitting = [
        (one, count) for one, count in fields if all(one.get(name, value) == value for name, value in given.items())
    ]
    counts = np.array([count for _, count in fitting], dtype=float)
    if counts.sum() < _ENOUGH_TUNES:
        return {}
    return fitting[int(counts.argmax()) if temperature == 0 else multinomial(counts, random)][0]


def _wants_rhythm(checkpoint: Checkpoint, header: str, temperature: float, random: np.random.Generator) -> bool:
    """Whether the model goes on with R: rather than K:."""
    index_of = checkpoint.vocabulary.index_of
    probabilities, _ = reading_of(checkpoint.network, checkpoint.vocabulary.encode(START + header), temperature)
    rhythm, key = float(probabilities[index_of["R"]]), float(probabilities[index_of["K"]])
    if temperature == 0:
        return rhythm > key
    return rhythm > (rhythm + key) * random.random()


def _draw_value(
    checkpoint: Checkpoint, start: str, temperature: float, random: np.random.Generator, values: Sequence[str] = ()
) -> str:
    """A value for the field that ``start`` ends with, drawn until it is a good one; where there are ``values``, one of
    these."""
    vocabulary, name = checkpoint.vocabulary, start[-2]
    ids = vocabulary.encode(START + start)
    for _ in range(_TRIES):
        continuation = Continuation(checkpoint.network, ids, temperature)
        while True:
            mask = _mask_of(vocabulary, values, vocabulary.decode(continuation.drawn)) if values else None
            index = draw(continuation.probabilities(), Sampling(temperature), random, mask).index
            if vocabulary.characters[index] == "\n" or len(continuation.drawn) >= _MAX_VALUE:
                break
            continuation.drawn.append(index)
        value = vocabulary.decode(continuation.drawn)
        if is_good(name, value):
            return value
    return _PLAIN.get(name, "reel")


def _mask_of(vocabulary: Vocabulary, values: Sequence[str], written: str) -> Mask:
    """True (V,) for the characters that lead to one of the values, or end it."""
    mask = np.zeros(len(vocabulary), dtype=np.bool_)
    for value in values:
        if f"{value}\n".startswith(written):
            mask[vocabulary.index_of[f"{value}\n"[len(written)]]] = True
    return mask


def is_good(name: str, value: str) -> bool:
    """Whether a drawn value is one that every reader of ABC understands alike."""
    try:
        if name == "M":
            meter = parse_meter(value)
            return meter.bar is not None and str(meter) == value
        if name == "L":
            unit = parse_unit(value)
            return is_plain_unit(unit) and str(unit) == value  # not 8/8: readers differ on it
        if name == "K":
            return str(parse_key(value)) == value
    except ValueError:
        return False
    return bool(re.fullmatch(r"[a-z]+( [a-z]+)*", value))
