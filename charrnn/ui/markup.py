"""What the server fills into the player's markup, for the page and for galleries."""

from charrnn.render.audio.instruments import INSTRUMENTS

_PLACE = "<!-- instruments -->"


def with_instruments(markup: str) -> str:
    """The player's markup with a choice for each instrument."""
    choices = "".join(f'<option value="{one.name}">{one.label}</option>' for one in INSTRUMENTS)
    return markup.replace(_PLACE, choices)
