"""The header that a composed tune is shown with: the person's own lines as they were typed, the rest the model's."""

from charrnn.notation.fields import is_tempo_in_words
from charrnn.notation.tokens import field_of, is_blank
from charrnn.notation.tune import Tempo
from charrnn.notation.writing.spelling import spell_tempo
from charrnn.sampling.start.header import typed_fields
from charrnn.sampling.start.seed import header_and_music

_READ_BY_THE_MODEL = "MLRK"


def shown_header(seed_text: str, tempo: Tempo | None, header: str) -> str:
    """All lines after ``X:`` and the title, where ``header`` is the canonical header and ``tempo`` the seed's own.

    The seed's other fields (composer, origin, words of the tempo, signs, order of parts, further titles) stand before
    or after ``K:``, wherever they stood. Meter, unit length, rhythm and key are as the person spelled them, or as the
    model chose them. The tempo is written out: ``Q:120`` counts unit lengths, which may be the model's choice."""
    before_key, after_key = _kept_lines(seed_text, is_tempo_read=tempo is not None)
    typed = typed_fields(seed_text)
    fields = [line.partition(":") for line in header.splitlines()]
    spelled = "".join(f"{name}:{typed.get(name, value)}\n" for name, _, value in fields)
    return before_key + (f"Q:{spell_tempo(tempo)}\n" if tempo else "") + spelled + after_key


def _kept_lines(seed_text: str, is_tempo_read: bool) -> tuple[str, str]:
    """The lines before and after ``K:`` that are written nowhere else, each with its newline."""
    before, after = "", ""
    is_after_key = has_title = is_kept = False
    for line in header_and_music(seed_text)[0].split("\n"):
        field, value = field_of(line), line[2:].strip()
        is_after_key |= field == "K"
        if field == "T" and not has_title:
            is_kept, has_title = False, bool(value)
        elif field == "Q" and not is_after_key:
            is_kept = is_tempo_in_words(value) or not is_tempo_read
        elif field != "+":  # which goes on with the field before it
            is_kept = not (field and field in f"X{_READ_BY_THE_MODEL}")
        if is_kept and not is_blank(line):
            before, after = (before, f"{after}{line}\n") if is_after_key else (f"{before}{line}\n", after)
    return before, after
