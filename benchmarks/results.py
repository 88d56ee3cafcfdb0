"""What a run found: rows, kept as JSON, and the table and the picture that are drawn from them."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from charrnn.files import write_atomically

NONE = "–"  # noqa: RUF001 - a cell that has nothing to say
INK, OURS, THEIRS = "#333333", "#a3402d", "#7aa79a"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry and one way of drawing tunes from it. What it does not have is None."""

    name: str  # of the module
    title: str
    drawn: str = ""  # temperature, and what looks after the bars
    parameters: int | None = None
    minutes: float | None = None
    characters: int | None = None  # seen in training
    bits_per_character: float | None = None
    bits_per_note: float | None = None
    tunes: int | None = None
    ended: float | None = None  # shares of the tunes
    converts: float | None = None
    bar_clean: float | None = None
    right: float | None = None  # by our own check
    copies: float | None = None
    shared: float | None = None  # with a passage of training music
    mean_characters: float | None = None  # of a tune's music
    remark: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    minutes: float
    count: int
    threads: int
    processor: str
    bf16: bool  # in our training
    corpus: dict[str, int]  # tunes by side of the split
    sha256: str  # of the corpus


@dataclass(slots=True)
class Results:
    settings: Settings
    rows: list[Row] = field(default_factory=list)

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> "Results":
        found = json.loads(text)
        return cls(Settings(**found["settings"]), [Row(**row) for row in found["rows"]])

    def save(self, folder: Path) -> None:
        """peers.json, peers.md and peers.png, each as a whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / "peers.json", f"{self.as_json()}\n".encode())
        write_atomically(folder / "peers.md", f"{self.table()}\n".encode())
        if any(row.bits_per_character is not None or row.bar_clean is not None for row in self.rows):
            draw(self.rows, folder / "peers.png")

    def table(self) -> str:
        """The rows as a Markdown table, with a caption that says how they came about."""
        head = (
            "| | drawn | parameters | minutes | characters seen | bits per character | bits per note | tunes"
            " | characters a tune | end | convert | bar-clean | right by our check | copies | share a passage | |"
        )
        lines = [head, "|" + "---|" * (head.count("|") - 1), *map(_line, self.rows)]
        return "\n".join([*lines, "", self.caption()])

    def caption(self) -> str:
        settings = self.settings
        precision = "bf16 where the network allows" if settings.bf16 else "fp32"
        return (
            f"Trained for {settings.minutes:g} minutes each, or to the recipe's own end, with {settings.threads} torch"
            f" threads on {settings.processor}; ours in {precision}, the recipes in fp32. All learn from the same"
            f" {settings.corpus['train']:,} tunes; ours moves them to other keys, too. Bits are those of the music of"
            f" {settings.corpus['test']:,} test tunes, the header given, the state fresh at each tune. Tunes are drawn"
            " under the headers of test tunes. Converts and bar-clean: by abc2midi. Copies: whole tunes of the training"
            " music; a passage: 32 notes or more of it. Parameters of count models are their n-grams."
        )


def _line(row: Row) -> str:
    shares = (row.ended, row.converts, row.bar_clean, row.right, row.copies, row.shared)
    cells = [
        row.title,
        row.drawn or NONE,
        _number(row.parameters),
        _number(row.minutes, ".1f"),
        _number(row.characters),
        _number(row.bits_per_character, ".3f"),
        _number(row.bits_per_note, ".3f"),
        _number(row.tunes),
        _number(row.mean_characters, ".0f"),
        *(_number(share, ".0%") for share in shares),
        f"failed: {row.error}".replace("|", "/").replace("\n", " ") if row.error else row.remark,
    ]
    return f"| {' | '.join(cells)} |"


def _number(value: float | None, form: str = ",") -> str:
    return NONE if value is None or math.isnan(value) else format(value, form)


def draw(rows: Sequence[Row], path: Path) -> None:
    """Bits per character, bar-clean tunes and shared passages side by side, a line for each row."""
    from matplotlib.figure import Figure

    rows = [row for row in rows if row.bits_per_character is not None or row.bar_clean is not None]
    figure = Figure(figsize=(11, 1.6 + 0.42 * len(rows)), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    titles = (
        "bits per character of unseen tunes\n(less is better)",
        "tunes whose bars add up, by abc2midi",
        "tunes with a 32-note passage\nfrom the training music",
    )
    columns = (
        [row.bits_per_character for row in rows],
        [_percent(row.bar_clean) for row in rows],
        [_percent(row.shared) for row in rows],
    )
    colours = [OURS if row.name in ("ours", "shipped") else THEIRS for row in rows]
    for axes, title, values, form in zip(panels, titles, columns, ("{:.2f}", "{:.0f} %", "{:.0f} %"), strict=True):
        bars = axes.barh(range(len(rows)), [value or 0 for value in values], color=colours)
        axes.bar_label(bars, [NONE if value is None else form.format(value) for value in values], padding=3, color=INK)
        axes.set_title(title, fontsize=10, color=INK)
        axes.set_xlim(0, 1.18 * max([100 if "%" in form else 1, *(value or 0 for value in values)]))
        axes.set_xticks([])
        axes.spines[["top", "right", "bottom"]].set_visible(False)
    labels = [f"{row.title} ({row.drawn})" if row.drawn else row.title for row in rows]
    panels[0].set_yticks(range(len(rows)), labels)
    panels[0].invert_yaxis()
    figure.savefig(path, dpi=110)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
