"""The judge of phrases, compiled: ``model.likeness.phrases``, with the weights of ``model.likeness.judge``.

What a row has heard stands in ``Ears``. A piece is heard after the state 0 of its slot, and leaves in state 1 what is
heard then. Texts and bars are only ever added to, so state 0 stays what it is, and a piece can be heard again from it.
Features are never spelled: the hash of a name (crc32) grows by one character at a time.
"""

import zlib

import numpy as np
from numba import njit

from charrnn.inference.kernel.registers import (
    BARS,
    DEGREES,
    DEGREES_AT,
    DEGREES_HASH,
    ENDS,
    FIRST_BEFORE,
    FIRST_LAST,
    FIRSTS,
    LAST_PITCH,
    LINE,
    MELODY_HASH,
    NN_METER,
    NO_PICK_UP,
    NO_PITCH,
    NOTES,
    PICK_UP,
    PLACE,
    R_METER,
    R_RHYTHM,
    RHYTHM_AT,
    RHYTHM_HASH,
    RHYTHMS,
    RR_METER,
    STEPS,
)

BUCKET_BITS = 16  # of a hash: which weights are looked through
LONGEST_GRAM, LAST_PLACE, WIDEST, SHORT = 6, 16, 9, 0.75  # those of ``phrases``
_DISTANCES = (1, 2, 4, 8)


def state_of(text: str) -> int:
    """Of the hash of a name that begins so."""
    return zlib.crc32(text.encode()) ^ 0xFFFFFFFF


_TABLE = np.array([zlib.crc32(bytes([byte ^ 255])) ^ 0xFF000000 for byte in range(256)], np.uint32)  # of crc32
_D, _I, _EQ, _HF, _REQ, _SEQ = (np.uint32(state_of(name)) for name in ("d:", "i:", "eq", "hf", "req", "seq"))
_AGAIN, _NEW, _KNOWN, _RNEW, _RKNOWN, _FIRST, _LAST = (
    np.uint32(state_of(f"{name} ")) for name in ("again", "new", "known", "rnew", "rknown", "first", "last")
)
_FIRSTS, _LO, _HI, _SPAN, _MEAN, _NOTE_STEPS, _THIRDS, _END, _END_R, _END_D = (
    np.uint32(state_of(f"{name}:"))
    for name in ("firsts", "lo", "hi", "span", "mean", "steps", "thirds", "end", "endR", "endd")
)
_PICK_UP, _NO_PICK_UP, _END_SAME, _END_NEW = (
    np.uint32(state_of(name)) for name in ("pick-up True", "pick-up False", "endsame True", "endsame False")
)
_SPACE, _BAR, _COLON, _LEFT, _RIGHT, _PAREN, _ZERO, _MINUS, _SLASH, _COMMA, _APOSTROPHE, _NOTE, _SHORT_M = (
    np.uint8(ord(sign)) for sign in " |:[](0-/,'nm"
)
_START_SEED, _PRIME = np.uint64(14695981039346656037), np.uint64(1099511628211)  # FNV-1a, for what is compared
_STAFF = np.array([("CDEFGABcdefgab".find(chr(byte)) if chr(byte) in "CDEFGABcdefgab" else -1) for byte in range(256)])
_NAMES = np.frombuffer(b"abcdefgABCDEFG", np.uint8)


# -- names


@njit(error_model="numpy")
def _and(state, byte):
    return _TABLE[(state ^ np.uint32(byte)) & np.uint32(255)] ^ (state >> np.uint32(8))


@njit(error_model="numpy")
def _and_number(state, number):
    if number < 0:
        state, number = _and(state, _MINUS), -number
    scale = 1
    while number // scale >= 10:
        scale *= 10
    while scale:
        state = _and(state, _ZERO + number // scale % 10)
        scale //= 10
    return state


@njit(error_model="numpy")
def _and_text(state, text, start, end):
    for place in range(start, end):
        state = _and(state, text[place])
    return state


@njit(error_model="numpy")
def _weight(judges, judge, state):
    """Of the feature whose name ends here."""
    name = state ^ np.uint32(0xFFFFFFFF)
    bucket = np.int64(name >> np.uint32(32 - BUCKET_BITS))
    for place in range(judges.starts[judge, bucket], judges.starts[judge, bucket + 1]):
        if judges.hashes[place] == name:
            return np.float64(judges.weights[place])
    return 0.0


@njit(error_model="numpy")
def _mixed(state, value):
    return (state ^ np.uint64(value)) * _PRIME


@njit(error_model="numpy")
def _hash_of(text, start, end):
    state = _START_SEED
    for place in range(start, end):
        state = _mixed(state, text[place])
    return np.int64(state)


# -- reading


@njit(error_model="numpy")
def _is_digit(byte):
    return 48 <= byte <= 57


@njit(error_model="numpy")
def _is_letter(byte):
    return 65 <= byte <= 90 or 97 <= byte <= 122


@njit(error_model="numpy")
def _is_space(byte):
    return byte == 32 or 9 <= byte <= 13 or 28 <= byte <= 31


@njit(error_model="numpy")
def _passed_over(text, at, length):
    """How many characters from here on are no music: an inline field, "[1", ":2:3" of a tuplet, a space."""
    sign = text[at]
    if _is_space(sign):
        return 1
    if sign == _LEFT and at + 1 < length:
        if at + 2 < length and _is_letter(text[at + 1]) and text[at + 2] == _COLON:
            for end in range(at + 3, length):
                if text[end] == _RIGHT:
                    return end + 1 - at
        if _is_digit(text[at + 1]):
            return 2
    if sign == _COLON and at >= 2 and text[at - 2] == _PAREN and _is_digit(text[at - 1]):
        end = at + 1
        while end < length and (_is_digit(text[end]) or text[end] == _COLON):
            end += 1
        return end - at
    return 0


@njit(error_model="numpy")
def _cleaned(text, length, clean):
    """The text without what is passed over; its length."""
    at, count = 0, 0
    while at < length:
        over = _passed_over(text, at, length)
        if over:
            at += over
            continue
        clean[count] = text[at]
        count += 1
        at += 1
    return count


@njit(error_model="numpy")
def _bar_line(text, at, length):
    """How many characters from here on are a bar line, with the number of an ending."""
    end = at
    while end < length:
        sign, after = text[end], text[end + 1] if end + 1 < length else np.uint8(0)
        if (sign == _BAR and after == _RIGHT) or (sign == _LEFT and after == _BAR):
            end += 2
        elif sign in (_BAR, _COLON):
            end += 1
        else:
            break
    return end - at + (end > at and end < length and _is_digit(text[end]))


@njit(error_model="numpy")
def _ends_section(line, length):
    for at in range(length):
        after = line[at + 1] if at + 1 < length else np.uint8(0)
        if line[at] == _COLON or (line[at] == _BAR and after in (_BAR, _RIGHT)):
            return True
        if line[at] == _LEFT and after == _BAR:
            return True
    return False


@njit(error_model="numpy")
def _length(text, start, end):
    """Of the notes and rests of a bar, in unit lengths."""
    body = np.empty(end - start, np.uint8)
    size = _cleaned(text[start:end], end - start, body)
    total, left, factor, at = 0.0, 0, 1.0, 0
    while at < size:
        sign = body[at]
        if sign == _PAREN and at + 1 < size and _is_digit(body[at + 1]):
            left = body[at + 1] - 48
            factor = (3.0 if left == 2 or left == 4 or left == 8 else 2.0) / max(1, left)
            at += 2
            continue
        after = at
        if sign == _LEFT:
            for place in range(at + 1, size):
                if body[place] == _RIGHT:
                    after = place + 1
                    break
        elif _STAFF[sign] >= 0 or sign == 120 or sign == 122:  # x, z
            after = at + 1
        if after == at:
            at += 1
            continue
        at = after
        while at < size and (body[at] == _COMMA or body[at] == _APOSTROPHE):
            at += 1
        whole, at, has_whole = _number(body, at, size)
        slashes = 0
        while at < size and body[at] == _SLASH:
            slashes += 1
            at += 1
        below, at, has_below = _number(body, at, size)
        length = whole if has_whole else 1.0
        length /= (below if below != 0 else 1.0) if has_below else 2.0 ** min(9, slashes)
        total += length * factor if left > 0 else length
        left -= 1
    return total


@njit(error_model="numpy")
def _number(text, at, length):
    """The number there, the place after it, and whether there is one."""
    number, start = 0.0, at
    while at < length and _is_digit(text[at]):
        number = 10 * number + (text[at] - 48)
        at += 1
    return number, at, at > start


# -- hearing


@njit(error_model="numpy")
def hear(slot, ears, judges, judge, piece):
    """The weights of the features of a piece (characters,), in sum; what is heard then is in the slot's state 1."""
    heard = ears.heard[slot, 1]
    heard[:] = ears.heard[slot, 0]
    before = heard[LINE]
    text = np.empty(before + len(piece), np.uint8)
    text[:before] = ears.lines[slot, 0, :before]
    length = before + _cleaned(piece, len(piece), text[before:])
    first_degree, first_step = heard[DEGREES], heard[STEPS]
    is_closed, total, start = _ends_section(text, before), 0.0, 0
    line = ears.lines[slot, 1]
    heard[LINE] = 0
    while True:
        end = start
        while end < length and not _bar_line(text, end, length):
            end += 1
        if end > start:
            heard[LINE], is_closed = 0, False
            total += _bar(slot, ears, judges, judge, heard, text, start, end)
        if end >= length:
            break
        size = _bar_line(text, end, length)
        line[heard[LINE] : heard[LINE] + size] = text[end : end + size]
        heard[LINE] += size
        if heard[BARS] and not is_closed and _ends_section(line, heard[LINE]):
            is_closed, heard[PLACE] = True, 0
            total += _end(slot, ears, judges, judge, heard)
        start = end + size
    total += _grams(judges, judge, _D, 1, ears.degrees[slot], first_degree, heard[DEGREES])
    return total + _grams(judges, judge, _I, 2, ears.steps[slot], first_step, heard[STEPS])


@njit(error_model="numpy")
def settle(slot, ears):
    """Go on from the state 1."""
    ears.heard[slot, 0] = ears.heard[slot, 1]
    ears.lines[slot, 0, : ears.heard[slot, 1, LINE]] = ears.lines[slot, 1, : ears.heard[slot, 1, LINE]]


@njit(error_model="numpy")
def _grams(judges, judge, family, shortest, text, first, end):
    """Patterns that end from ``first`` on."""
    total = 0.0
    for start in range(max(0, first - LONGEST_GRAM + 1), end):
        state = family
        for place in range(start, min(start + LONGEST_GRAM, end)):
            state = _and(state, text[place])
            if place >= first and place - start + 1 >= shortest:
                total += _weight(judges, judge, state)
    return total


@njit(error_model="numpy")
def _bar(slot, ears, judges, judge, heard, text, start, end):
    """Hear a bar."""
    bar = ears.bars[slot, heard[BARS]]
    bar[DEGREES_AT], bar[RHYTHM_AT] = heard[DEGREES], heard[RHYTHMS]
    pitches = np.empty(end - start, np.int64)
    count = _spelled(slot, ears, heard, text, start, end, pitches)
    degrees, rhythms = ears.degrees[slot], ears.rhythms[slot]
    bar[DEGREES_HASH] = _hash_of(degrees, bar[DEGREES_AT], heard[DEGREES] - 1)
    bar[RHYTHM_HASH] = _hash_of(rhythms, bar[RHYTHM_AT], heard[RHYTHMS])
    melody = _START_SEED
    for note in range(1, count):
        melody = _mixed(melody, pitches[note] - pitches[note - 1] + 1000)
    bar[MELODY_HASH], bar[NOTES] = np.int64(melody), count
    total = _rhythm(slot, ears, judges, judge, heard)
    total += _repetition(slot, ears, judges, judge, heard)
    if count:
        total += _notes(slot, ears, judges, judge, heard, pitches[:count])
    is_pick_up = heard[PLACE] == 0 and _length(text, start, end) < SHORT * ears.full[slot]
    if heard[PLACE] == 0:
        words = ears.words[slot]
        total += _weight(judges, judge, _PICK_UP if is_pick_up else _NO_PICK_UP)
        total += _weight(judges, judge, words[PICK_UP] if is_pick_up else words[NO_PICK_UP])
    if not is_pick_up:
        heard[PLACE] = min(heard[PLACE] + 1, LAST_PLACE)
    heard[BARS] += 1
    return total


@njit(error_model="numpy")
def _spelled(slot, ears, heard, text, start, end, pitches):
    """Adds the bar's three spellings to their texts; how many notes it has."""
    degrees, steps, rhythms = ears.degrees[slot], ears.steps[slot], ears.rhythms[slot]
    tonic, mode = ears.tonics[slot, 0], 7 * ears.tonics[slot, 1]
    count, at = 0, start
    while at < end:
        letter = at
        while letter < end and (text[letter] == 95 or text[letter] == 61 or text[letter] == 94):  # _ = ^
            letter += 1
        staff = _STAFF[text[letter]] if letter < end else -1
        for place in range(at, letter):
            degrees[heard[DEGREES]] = steps[heard[STEPS]] = text[place]
            heard[DEGREES] += 1
            heard[STEPS] += 1
            if staff < 0:
                rhythms[heard[RHYTHMS]] = text[place]
                heard[RHYTHMS] += 1
        at = letter
        if at == end:
            break
        if staff < 0:
            degrees[heard[DEGREES]] = steps[heard[STEPS]] = rhythms[heard[RHYTHMS]] = text[at]
            at += 1
        else:
            pitch, at = staff, at + 1
            while at < end and (text[at] == _COMMA or text[at] == _APOSTROPHE):
                pitch += 7 if text[at] == _APOSTROPHE else -7
                at += 1
            step = 0 if heard[LAST_PITCH] == NO_PITCH else pitch - heard[LAST_PITCH]
            degrees[heard[DEGREES]] = _NAMES[(pitch - tonic) % 7 + mode]
            steps[heard[STEPS]] = 77 + max(-WIDEST, min(WIDEST, step))  # M is none
            rhythms[heard[RHYTHMS]] = _NOTE
            heard[LAST_PITCH] = pitches[count] = pitch
            count += 1
        heard[DEGREES] += 1
        heard[STEPS] += 1
        heard[RHYTHMS] += 1
    degrees[heard[DEGREES]] = steps[heard[STEPS]] = _BAR
    heard[DEGREES] += 1
    heard[STEPS] += 1
    return count


@njit(error_model="numpy")
def _rhythm(slot, ears, judges, judge, heard):
    words, rhythms, bars = ears.words[slot], ears.rhythms[slot], ears.bars[slot]
    start, end = bars[heard[BARS], RHYTHM_AT], heard[RHYTHMS]
    total = _weight(judges, judge, _and_text(words[R_METER], rhythms, start, end))
    total += _weight(judges, judge, _and_text(words[R_RHYTHM], rhythms, start, end))
    if heard[BARS]:
        state = _and(_and_text(words[RR_METER], rhythms, bars[heard[BARS] - 1, RHYTHM_AT], start), _BAR)
        total += _weight(judges, judge, _and_text(state, rhythms, start, end))
    return total


@njit(error_model="numpy")
def _twice(judges, judge, state, place):
    """What comes again by itself, and at its place."""
    return _weight(judges, judge, state) + _weight(judges, judge, _and_number(_and(state, _SPACE), place))


@njit(error_model="numpy")
def _repetition(slot, ears, judges, judge, heard):
    bars, degrees, number, place = ears.bars[slot], ears.degrees[slot], heard[BARS], heard[PLACE]
    bar = bars[number]
    half = max(1, (heard[DEGREES] - 1 - bar[DEGREES_AT]) // 2)
    again, total = _and(_and_number(_AGAIN, place), _COLON), 0.0
    for distance in _DISTANCES:
        if distance > number:
            break
        other = bars[number - distance]
        is_same = other[DEGREES_HASH] == bar[DEGREES_HASH]
        if is_same:
            again = _and_number(_and(again, _SPACE), distance)
            total += _twice(judges, judge, _and_number(_EQ, distance), place)
        if _same_half(degrees, bars, number, number - distance, half):
            total += _twice(judges, judge, _and_number(_HF, distance), place)
        if other[RHYTHM_HASH] == bar[RHYTHM_HASH]:
            total += _twice(judges, judge, _and_number(_REQ, distance), place)
            if not is_same and other[MELODY_HASH] == bar[MELODY_HASH]:
                total += _weight(judges, judge, _and_number(_SEQ, distance))
    total += _weight(judges, judge, again)
    is_known = is_rhythm_known = False
    for other in range(number):
        is_known = is_known or bars[other, DEGREES_HASH] == bar[DEGREES_HASH]
        is_rhythm_known = is_rhythm_known or bars[other, RHYTHM_HASH] == bar[RHYTHM_HASH]
    total += _weight(judges, judge, _and_number(_KNOWN if is_known else _NEW, place))
    return total + _weight(judges, judge, _and_number(_RKNOWN if is_rhythm_known else _RNEW, place))


@njit(error_model="numpy")
def _same_half(degrees, bars, number, other, half):
    """Whether two bars begin with the same ``half`` characters."""
    start, begin = bars[number, DEGREES_AT], bars[other, DEGREES_AT]
    if bars[other + 1, DEGREES_AT] - 1 - begin < half:
        return False
    is_same = True
    for place in range(half):
        is_same = is_same and degrees[start + place] == degrees[begin + place]
    return is_same


@njit(error_model="numpy")
def _notes(slot, ears, judges, judge, heard, pitches):
    tonic, is_minor = ears.tonics[slot, 0], ears.tonics[slot, 1]
    first, last = (pitches[0] - tonic) % 7, (pitches[-1] - tonic) % 7
    total = _placed(judges, judge, _FIRST, heard[PLACE], first, is_minor)
    total += _placed(judges, judge, _LAST, heard[PLACE], last, is_minor)
    if heard[FIRSTS] >= 1:
        state = _and_number(_and_number(_FIRSTS, heard[FIRST_LAST]), first)
        total += _weight(judges, judge, _and(state, _SHORT_M) if is_minor else state)
    if heard[FIRSTS] >= 2:
        state = _and_number(_and_number(_FIRSTS, heard[FIRST_BEFORE]), heard[FIRST_LAST])
        state = _and_number(state, first)
        total += _weight(judges, judge, _and(state, _SHORT_M) if is_minor else state)
    heard[FIRSTS] = min(2, heard[FIRSTS] + 1)
    heard[FIRST_BEFORE], heard[FIRST_LAST] = heard[FIRST_LAST], first
    lowest, highest, sum_of_pitches, steps, thirds = pitches[0], pitches[0], 0, 0, 0
    for note in range(len(pitches)):
        lowest, highest = min(lowest, pitches[note]), max(highest, pitches[note])
        sum_of_pitches += pitches[note]
        if note:
            size = abs(pitches[note] - pitches[note - 1])
            steps += size == 1
            thirds += size == 2
    count = len(pitches)
    mean = np.int64(np.rint(sum_of_pitches / count))
    for state, number in (
        (_LO, lowest),
        (_HI, highest),
        (_SPAN, highest - lowest),
        (_MEAN, mean),
        (ears.words[slot, NN_METER], count),
        (_NOTE_STEPS, 4 * steps // max(1, count - 1)),
        (_THIRDS, 4 * thirds // max(1, count - 1)),
    ):
        total += _weight(judges, judge, _and_number(state, number))
    return total


@njit(error_model="numpy")
def _placed(judges, judge, name, place, degree, is_minor):
    state = _and_number(_and(_and_number(name, place), _COLON), degree)
    return _weight(judges, judge, _and(state, _SHORT_M) if is_minor else state)


@njit(error_model="numpy")
def _end(slot, ears, judges, judge, heard):
    """How a section ends with the last bar, and whether another one did so before."""
    bars, degrees, rhythms, ends = ears.bars[slot], ears.degrees[slot], ears.rhythms[slot], ears.ends[slot]
    bar, is_same = bars[heard[BARS] - 1], False
    for other in range(heard[ENDS]):
        is_same = is_same or ends[other] == bar[DEGREES_HASH]
    ends[heard[ENDS]] = bar[DEGREES_HASH]
    heard[ENDS] += 1
    total = _weight(judges, judge, _END_SAME if is_same else _END_NEW)
    end = _and_number(_END, (heard[LAST_PITCH] - ears.tonics[slot, 0]) % 7) if bar[NOTES] else _END
    total += _weight(judges, judge, end)
    total += _weight(judges, judge, _and_text(_END_R, rhythms, bar[RHYTHM_AT], heard[RHYTHMS]))
    return total + _weight(judges, judge, _and_text(_END_D, degrees, bar[DEGREES_AT], heard[DEGREES] - 1))
