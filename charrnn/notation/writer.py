"""Writes tunes for people to read."""

from charrnn.notation.tokens import lex_music

BARS_A_LINE = 4


def broken_into_lines(music: str, bars_a_line: int = BARS_A_LINE, bars_before: int = 0) -> str:
    """Canonical music, so many bars a line, a new line at each section's start. The music itself stays as it is.

    ``bars_before`` stand on the first line already.
    """
    lines: list[str] = []
    line, bars = "", bars_before
    tokens = list(lex_music(music))
    for index, token in enumerate(tokens):
        line += token.text
        if token.kind != "bar":
            continue
        bars += bool(line.strip("|:[]"))
        following = tokens[index + 1].kind if index + 1 < len(tokens) else ""
        # "::" and ":|" end a line unless an ending's number follows, which has to stay beside its bar line.
        if following != "ending" and (bars >= bars_a_line or (token.text[0] == ":" and bars > 1)):
            lines.append(line)
            line, bars = "", 0
    return "\n".join([*lines, line] if line else lines)
