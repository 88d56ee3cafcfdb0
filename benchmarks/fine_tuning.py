"""What some minutes of training on one's own tunes are worth: bits a character before and after ``train.py --from``.

    python -m benchmarks.fine_tuning [--collection airdsAirs] [--tunes 200] [--minutes 9] [--json]

The tunes are of one collection, from the validation and test sides that the model has not learnt. So many of them are
a person's own folder; the rest, which no training sees, is scored.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from charrnn.corpus.cleaning import CleanTune
from charrnn.corpus.collection import load_corpus
from charrnn.model.checkpoint import load_checkpoint
from charrnn.model.location import DEFAULT_NAME, find_checkpoint
from charrnn.model.scoring import planned, score, scored_text, total

ROOT = Path(__file__).resolve().parents[1]
ORDER = 0  # seed of the order in which the tunes are taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collection", default="airdsAirs", help="default: airdsAirs")
    parser.add_argument("--tunes", type=int, default=200, help="in the folder; default: 200")
    parser.add_argument("--minutes", type=float, default=9, help="of training; default: 9")
    parser.add_argument("--checkpoint", default=DEFAULT_NAME, help=f"default: {DEFAULT_NAME}")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    split = load_corpus().split
    unseen = [tune for tune in (*split.valid, *split.test) if tune.collection == options.collection]
    random.Random(ORDER).shuffle(unseen)
    own, others = unseen[: options.tunes], unseen[options.tunes :]
    with tempfile.TemporaryDirectory() as folder:
        path = fine_tuned(options.checkpoint, own, options.minutes, Path(folder))
        found = {name: bits(name, others) for name in (str(find_checkpoint(options.checkpoint)), str(path))}
    before, after = found.values()
    row = {"tunes": len(own), "minutes": options.minutes, "scored": len(others), "before": before, "after": after}
    if options.json:
        print(json.dumps(row, indent=2))
    else:
        print("| own tunes | minutes | scored | bits before | bits after |\n|--:|--:|--:|--:|--:|")
        print(f"| {len(own)} | {options.minutes:g} | {len(others)} | {before:.3f} | {after:.3f} |")


def fine_tuned(checkpoint: str, tunes: list[CleanTune], minutes: float, folder: Path) -> Path:
    """The weights after so many minutes on the tunes."""
    book, path = folder / "own.abc", folder / "own.safetensors"
    book.write_text("\n".join(f"X:{number}\n{tune.text}" for number, tune in enumerate(tunes, start=1)))
    command = ["--from", checkpoint, "--corpus", book, "--minutes", minutes, "--name", path, "--evaluate-every", 50]
    subprocess.run([sys.executable, "train.py", *map(str, command)], cwd=ROOT, check=True, stdout=sys.stderr)
    return path


def bits(checkpoint: str, tunes: list[CleanTune]) -> float:
    """A character of the music, header given."""
    model = load_checkpoint(Path(checkpoint))
    texts = planned(model.network, model.plans, [scored_text(tune.parsed, tune.music) for tune in tunes])
    return total(score(model.network, model.vocabulary, texts)).bits_per_character


if __name__ == "__main__":
    main()
