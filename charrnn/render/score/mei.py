"""Written measures as MEI (https://music-encoding.org/guidelines/v5/content), the text that Verovio engraves.

Only text that comes from the notation's own tables is written as it is; whatever a person typed is escaped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from charrnn.notation.decorations import DYNAMICS, FINGERS, OVER_RESTS, decoration_name
from charrnn.notation.keys import SHARP_ORDER, Key
from charrnn.notation.order.repeats import is_in_parts
from charrnn.notation.tune import Meter, Note, Rest, Tune
from charrnn.render.score.attributes import value_attributes
from charrnn.render.score.beside import Beside, written_beside
from charrnn.render.score.heading import NOT_XML, tempo_text, xml_text
from charrnn.render.score.layout import Head, Segment, Symbol, written
from charrnn.render.score.lines import Line, lines
from charrnn.render.score.lyrics import Sung, sung
from charrnn.render.score.tablature import staff, staff_definition
from charrnn.render.signs import sign_of

_ACCIDENTALS = {-2: "ff", -1: "f", 0: "n", 1: "s", 2: "x"}
_GESTURAL = {-2: "ff", -1: "f", 1: "s", 2: "ss"}  # what sounds and is not drawn
_LINES = {"single": "single", "double": "dbl", "final": "end"}
_MAX_SYMBOL = 32  # characters of words beside a note that are drawn; a longer text would push the notes apart


@dataclass(frozen=True, slots=True)
class _Page:
    """What an element of MEI is written from."""

    tune: Tune
    prefix: str  # of every id
    first: str  # id of the first symbol, which the tune's own tempo stands above; "" in another voice
    staff: int
    sung: dict[int, list[Sung]]  # by element
    lines: dict[str, list[Line]]  # by the id of the symbol where they begin


def mei(tune: Tune, prefix: str = "", segments: Sequence[Segment] | None = None, around: str = "") -> str:
    """The tune as an MEI document. ``prefix`` stands before every id (see ``layout``); ``segments`` are those of
    ``written(tune)``, where the caller has them already; ``around`` is what ``heading.page_head`` and
    ``page_foot`` made. Never raises."""
    segments = written(tune) if segments is None else segments
    first = segments[0].symbols[0].id if segments else ""
    score = _Score(_page(tune, segments, prefix, first, 1), list(_voices(tune, segments, prefix)))
    body = "".join(_sections(score, segments))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<mei xmlns="http://www.music-encoding.org/ns/mei" meiversion="5.0">'
        f"<meiHead><fileDesc><titleStmt><title>{xml_text(tune.title)}</title></titleStmt><pubStmt/></fileDesc></meiHead>"
        f"<music><body><mdiv><score>{_first_score_def(score, around)}"
        f"<section>{body}</section></score></mdiv></body></music></mei>"
    )


@dataclass(frozen=True, slots=True)
class _Score:
    page: _Page  # of the first voice
    voices: list[tuple[_Page, Beside]]

    @property
    def staffs(self) -> list[tuple[_Page, Beside]]:
        """The voices that have a staff of their own."""
        return [(page, voice) for page, voice in self.voices if not voice.is_overlay]


def _voices(tune: Tune, segments: Sequence[Segment], prefix: str) -> Iterator[tuple[_Page, Beside]]:
    staff = 1
    for number, voice in enumerate(written_beside(tune, segments), start=1):
        staff += not voice.is_overlay
        of_staff = 1 if voice.is_overlay else staff
        yield _page(voice.tune, voice.segments, f"{prefix}v{number}-", "", of_staff), voice


def _page(tune: Tune, segments: Sequence[Segment], prefix: str, first: str, staff: int) -> _Page:
    by_start: dict[str, list[Line]] = {}
    for line in lines(tune, segments):
        by_start.setdefault(line.start, []).append(line)
    return _Page(tune, prefix, first, staff, sung(tune), by_start)


def _first_score_def(score: _Score, around: str) -> str:
    tune = score.page.tune
    bracket = ' symbol="bracket" bar.thru="true"' if score.staffs else ' bar.thru="true"' if tune.strings else ""
    others = staff_definition(tune)
    others += "".join(_staff_def(page, "F" if voice.is_low else "G") for page, voice in score.staffs)
    return (
        f'<scoreDef mnum.visible="false"{_meter(tune.meter)}>{around}'  # counted, but not drawn
        f"<staffGrp{bracket}>{_staff_def(score.page, 'G')}{others}</staffGrp></scoreDef>"
    )


def _staff_def(page: _Page, clef: str) -> str:
    line = 2 if clef == "G" else 4
    return (
        f'<staffDef n="{page.staff}" lines="5" clef.shape="{clef}" clef.line="{line}">{_key(page.tune.key)}</staffDef>'
    )


def _meter(meter: Meter | None) -> str:
    if meter is None:
        return ""
    if not meter.numerator:
        return ' meter.form="invis" meter.count="4" meter.unit="4"'
    symbol = f' meter.sym="{_METER_SIGNS[meter.sign]}"' if meter.sign in _METER_SIGNS else ""
    return f' meter.count="{meter.numerator}" meter.unit="{meter.denominator}"{symbol}'


_METER_SIGNS = {"C": "common", "C|": "cut"}


def _key(key: Key) -> str:
    """The signature as a reader sees it; the pipes' scale ``HP`` shows none (section "K: - key")."""
    if key.special == "HP":
        return '<keySig sig="0"/>'
    if not key.explicit:
        return f'<keySig sig="{_signature(key.fifths)}"/>'
    altered = key.alterations
    flats = [letter for letter in reversed(SHARP_ORDER) if altered[letter] < 0]
    others = [letter for letter in SHARP_ORDER if altered[letter] > 0 or (letter, 0) in key.explicit]
    signs = "".join(
        f'<keyAccid pname="{letter.lower()}" oct="{4 if letter in "AB" else 5}"'
        f' accid="{_ACCIDENTALS[altered[letter]]}"/>'
        for letter in flats + others
    )
    return f"<keySig>{signs}</keySig>"


def _signature(fifths: int) -> str:
    return f"{abs(fifths)}{'s' if fifths > 0 else 'f'}" if fifths else "0"


def _sections(score: _Score, segments: Sequence[Segment]) -> Iterator[str]:
    numbered = enumerate(segments)
    for index, (ending, inside) in enumerate(groupby(numbered, key=lambda numbered: numbered[1].ending)):
        members = list(inside)
        music = "".join(_change(score, place, segment) + _measure(score, place, segment) for place, segment in members)
        if not ending:
            yield music
            continue
        numbers = ", ".join(map(str, members[0][1].ending_numbers))
        last = members[-1][1].right
        name = f"{score.page.prefix}e{index}"
        yield f'<ending xml:id="{name}" n="{numbers}"{_OPEN if last is None or last.is_plain else ""}>{music}</ending>'


_OPEN = ' lendsym="none"'


def _change(score: _Score, place: int, segment: Segment) -> str:
    keys = [(score.page.staff, segment.key), *((page.staff, voice.segments[place].key) for page, voice in score.staffs)]
    changed = [(staff, _key(key)) for staff, key in keys if key]
    if not changed and segment.meter is None:
        return ""
    if (score.staffs or score.page.tune.strings) and changed:
        staffs = "".join(f'<staffDef n="{staff}">{key}</staffDef>' for staff, key in changed)
        return f"<scoreDef{_meter(segment.meter)}><staffGrp>{staffs}</staffGrp></scoreDef>"
    return f"<scoreDef{_meter(segment.meter)}>{''.join(key for _, key in changed)}</scoreDef>"


def _measure(score: _Score, place: int, segment: Segment) -> str:
    page = score.page
    left = ' left="rptstart"' if segment.opens_repeat else ""
    right = "invis"
    if segment.right:
        right = "rptend" if segment.right.closes_repeat else _LINES[segment.right.style]
    number = f' n="{segment.number}"' if segment.number is not None else ""
    complete = "" if segment.is_full or segment.symbols[0].whole_bars else ' metcon="false"'
    beside = "".join(_beside_all(page, segment)) + "".join(_marks(page, segment)) + _count(page, segment)
    beside += "".join(piece for own, voice in score.voices for piece in _beside_all(own, voice.segments[place]))
    return (
        f'<measure xml:id="{page.prefix}{segment.id}"{number}{left} right="{right}"{complete}>'
        f"{_staffs(score, place, segment)}{beside}</measure>"
        f"{'<sb/>' if segment.ends_line else ''}"
    )


def _beside_all(page: _Page, segment: Segment) -> Iterator[str]:
    for symbol in segment.symbols:
        yield from _beside(page, symbol)


def _staffs(score: _Score, place: int, segment: Segment) -> str:
    """The staffs of a measure. Overlays are further layers, in the measures where they have notes."""
    layers = [_layer(score.page, segment, 1)]
    for page, voice in score.voices:
        overlay = voice.segments[place]
        if voice.is_overlay and any(symbol.heads for symbol in overlay.symbols):
            layers.append(_layer(page, overlay, len(layers) + 1))
    others = (
        f'<staff n="{page.staff}">{_layer(page, voice.segments[place], 1)}</staff>' for page, voice in score.staffs
    )
    return f'<staff n="1">{"".join(layers)}</staff>{staff(score.page.tune, segment)}{"".join(others)}'


def _layer(page: _Page, segment: Segment, number: int) -> str:
    return f'<layer n="{number}">{"".join(_grouped(page, segment.symbols, 0))}</layer>'


def _count(page: _Page, segment: Segment) -> str:
    """How often a repeat is played, where that is more than twice."""
    if segment.right is None or segment.right.closes_repeat < 2:
        return ""
    last = f"#{page.prefix}{segment.symbols[-1].id}"
    return f'<dir place="above" staff="1" startid="{last}">{segment.right.closes_repeat + 1}\u00d7</dir>'


def _marks(page: _Page, segment: Segment) -> Iterator[str]:
    """Segno, coda, "D.C. al Fine" and so on."""
    for marks, symbol in ((segment.marks_before, segment.symbols[0]), (segment.marks_after, segment.symbols[-1])):
        for mark in marks:
            function = _FUNCTIONS[mark.kind]
            start = f'place="above" staff="1" startid="#{page.prefix}{symbol.id}"'
            yield f'<repeatMark func="{function}" {start}>{mark.text}</repeatMark>'


_FUNCTIONS = {
    "segno": "segno", "coda": "coda", "to coda": "coda", "fine": "fine", "da capo": "daCapo", "dal segno": "dalSegno",
}  # fmt: skip


# -- notes


def _grouped(page: _Page, symbols: Sequence[Symbol], depth: int) -> Iterator[str]:
    """Symbols inside their tuplets, at most two deep, and in them inside their beams."""
    if depth == _DEEPEST:
        for beam, members in groupby(symbols, key=lambda symbol: symbol.beam):
            graces, group = _led(page, list(members), is_joined=bool(beam))
            music = "".join(_symbol(page, symbol) for symbol in group)
            yield f"{graces}<beam>{music}</beam>" if beam else music
        return
    for tuplet, members in groupby(symbols, key=lambda symbol: symbol.tuplet_at(depth)):
        graces, group = _led(page, list(members), is_joined=bool(tuplet))
        music = "".join(_grouped(page, group, depth + 1))
        yield f'{graces}<tuplet num="{tuplet.number}" numbase="{tuplet.base}">{music}</tuplet>' if tuplet else music


def _led(page: _Page, group: list[Symbol], is_joined: bool) -> tuple[str, list[Symbol]]:
    """The graces that lead a beam or a tuplet, and the group without them: a beam whose first note is a grace is drawn
    by Verovio as one of graces, on which all of its notes hang."""
    first = group[0]
    element = page.tune.elements[first.element]
    if not (is_joined and isinstance(element, Note)):
        return "", group
    return _graces(page, first, element), [replace(first, graces=[]), *group[1:]]


_DEEPEST = 2


def _symbol(page: _Page, symbol: Symbol) -> str:
    element = page.tune.elements[symbol.element]
    name = f' xml:id="{page.prefix}{symbol.id}"'
    if isinstance(element, Rest):
        return _rest(name, symbol, element)
    assert isinstance(element, Note)
    value = value_attributes(symbol) + _articulations(symbol, element)
    graces = _graces(page, symbol, element)
    words = "".join(map(_verse, page.sung.get(symbol.element, ()))) if symbol.is_first else ""
    if len(symbol.heads) == 1:
        return f"{graces}<note{name}{value}{_pitch(symbol.heads[0])}{words}</note>"
    heads = "".join(f'<note xml:id="{page.prefix}{head.id}"{_pitch(head)}</note>' for head in symbol.heads)
    return f"{graces}<chord{name}{value}>{heads}{words}</chord>"


def _verse(sung: Sung) -> str:
    place = _WORD_POSITIONS[sung.begins_word, sung.ends_word]
    joined = ' con="u"' if sung.is_held and sung.ends_word else "" if sung.ends_word else ' con="d"'
    return f'<verse n="{sung.verse}"><syl{place}{joined}>{xml_text(sung.text)}</syl></verse>'


_WORD_POSITIONS = {
    (True, True): "", (True, False): ' wordpos="i"', (False, False): ' wordpos="m"', (False, True): ' wordpos="t"',
}  # fmt: skip


def _rest(name: str, symbol: Symbol, rest: Rest) -> str:
    if symbol.whole_bars > 1:
        return f'<multiRest{name} num="{symbol.whole_bars}"/>'
    if symbol.whole_bars:
        return f"<{'mRest' if rest.visible else 'mSpace'}{name}/>"
    return f"<{'rest' if rest.visible else 'space'}{name}{value_attributes(symbol)}/>"


def _pitch(head: Head) -> str:
    """The attributes of a note, and its accidental."""
    octave = min(max(head.octave, 0), 9)  # MEI knows no others
    sounds = _GESTURAL.get(head.alteration)
    if head.accidental is not None:
        accidental = f'<accid accid="{_ACCIDENTALS[head.accidental]}"/>'
    else:
        accidental = f'<accid accid.ges="{sounds}"/>' if sounds else ""
    return f' pname="{head.letter.lower()}" oct="{octave}">{accidental}'


def _articulations(symbol: Symbol, note: Note) -> str:
    signs = [sign_of(name) for name in note.decorations] if symbol.is_first else []
    names = dict.fromkeys(sign.artic for sign in signs if sign and sign.artic)
    return f' artic="{" ".join(names)}"' if names else ""


def _graces(page: _Page, symbol: Symbol, note: Note) -> str:
    if not symbol.graces:
        return ""
    kind = ' grace="unacc" stem.mod="1slash"' if note.slashed else ' grace="acc"'
    value = f' dur="{8 if len(symbol.graces) == 1 else 16}"{kind} stem.dir="up"'
    notes = "".join(f'<note xml:id="{page.prefix}{head.id}"{value}{_pitch(head)}</note>' for head in symbol.graces)
    return f"<graceGrp>{f'<beam>{notes}</beam>' if len(symbol.graces) > 1 else notes}</graceGrp>"


# -- what stands beside the notes


def _beside(page: _Page, symbol: Symbol) -> Iterator[str]:
    start = f'staff="{page.staff}" startid="#{page.prefix}{symbol.id}"'
    for head in symbol.heads:
        if head.tied_to:
            yield f'<tie startid="#{page.prefix}{head.id}" endid="#{page.prefix}{head.tied_to}"/>'
        if head.is_tied_into_ending:  # from the ending's start
            yield f'<tie staff="{page.staff}" tstamp="0" endid="#{page.prefix}{head.id}"/>'
    for line in page.lines.get(symbol.id, ()):
        yield f'<{_LINES_OVER_NOTES[line.kind]} {start} endid="#{page.prefix}{line.end}"/>'
    element = page.tune.elements[symbol.element]
    if not (symbol.is_first and isinstance(element, Note | Rest)):
        return
    yield from _words_beside(page, symbol, element, start)
    for name in dict.fromkeys(map(decoration_name, element.decorations)):
        if isinstance(element, Rest) and name not in OVER_RESTS | DYNAMICS:
            continue
        sign = sign_of(name, is_chord=len(symbol.heads) > 1)
        if sign and sign.element:
            yield f"<{sign.element} {start}/>"
        elif name in DYNAMICS:
            yield f'<dynam place="below" {start}>{name}</dynam>'
        elif name in FINGERS:
            yield f'<fing place="above" {start}>{name}</fing>'


def _words_beside(page: _Page, symbol: Symbol, element: Note | Rest, start: str) -> Iterator[str]:
    """Order of parts, part label, tempo, texts and chord symbol."""
    if symbol.id == page.first and is_in_parts(page.tune.elements, page.tune.part_order):
        yield f'<dir place="above" {start}>{_shown(page.tune.part_order)}</dir>'
    part = _shown(symbol.part)
    if part:
        yield f'<reh place="above" {start}>{part}</reh>'
    tempo = _tempo(page, symbol)
    if tempo:
        yield f'<tempo place="above" {start}>{tempo}</tempo>'
    for text in element.texts:
        yield f'<dir place="{"below" if text[:1] == "_" else "above"}" {start}>{_shown(text[1:])}</dir>'
    chord = _shown(element.chord_symbol)
    if chord:
        yield f'<harm place="above" {start}>{chord}</harm>'


def _shown(text: str) -> str:
    """As much of a person's words as there is room for, as XML."""
    text = NOT_XML.sub("", text).strip()
    return xml_text(text if len(text) <= _MAX_SYMBOL else text[: _MAX_SYMBOL - 1] + "…")


def _tempo(page: _Page, symbol: Symbol) -> str:
    """A change of tempo, or the tune's own above its first note."""
    tempo = symbol.tempo or (page.tune.tempo if symbol.id == page.first else None)
    if tempo:
        return tempo_text(tempo)
    return xml_text(page.tune.tempo_words) if symbol.id == page.first else ""


_LINES_OVER_NOTES = {
    "slur": "slur", "trill": 'trill extender="true"',
    "crescendo": 'hairpin form="cres" place="below"', "diminuendo": 'hairpin form="dim" place="below"',
}  # fmt: skip
