"""What ranking is worth: the best of one, two, four and eight candidates, drawn as the page draws them.

    python -m benchmarks.best_of [--requests 100] [--free] [--json]

Each request has eight candidates; the best of n is the highest ranked of the first n. Counted are the tunes that end on
the tonic and those within the fiddle's compass, which the ranking also looks at, and bars that repeat earlier ones and
passages of 16 notes from the training music, which it should leave as they are.
"""

import argparse
import json
from typing import Any

from tqdm import tqdm

from charrnn.evaluation import gates, music
from charrnn.inference.compiling import prepare
from charrnn.inference.threads import use_one_thread_each
from charrnn.model.checkpoint import load_checkpoint
from charrnn.model.location import DEFAULT_NAME, find_checkpoint
from charrnn.model.training_index import index_of
from charrnn.sampling.candidates import stream_candidates
from charrnn.sampling.options import DEFAULT_BARS, DEFAULT_PARTS, Request
from charrnn.sampling.ranking import Ranked, rank

COUNTS = (1, 2, 4, 8)
PASSAGE = 16  # notes
FIRST_SEED = 5_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100, help="default: 100")
    parser.add_argument("--free", action="store_true", help="in free form, instead of the page's AABB of eight bars")
    parser.add_argument("--checkpoint", default=DEFAULT_NAME, help=f"default: {DEFAULT_NAME}")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    rows = table(drawn(options.checkpoint, options.requests, options.free))
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    print("| best of | end on the tonic | within the fiddle's compass | bars repeated | 16 notes from training |")
    print("|--:|--:|--:|--:|--:|")
    for row in rows:
        shares = (row[name] for name in ("on_tonic", "in_compass", "repetition", "passages"))
        print(f"| {row['best_of']} | " + " | ".join(f"{share:.0%}" for share in shares) + " |")


def drawn(checkpoint: str, requests: int, free: bool) -> list[list[Ranked]]:
    """The candidates of each request, in the order in which they were drawn."""
    use_one_thread_each()
    prepare()
    model = load_checkpoint(find_checkpoint(checkpoint))
    index = index_of(model)
    form = (None, None) if free else (DEFAULT_BARS, DEFAULT_PARTS)
    out = []
    for number in tqdm(range(requests), disable=None):
        request = Request.checked("", seed=FIRST_SEED + 100 * number, bars=form[0], parts=form[1])
        *_, tunes = stream_candidates(model, request, max(COUNTS))
        place = {id(tune): at for at, tune in enumerate(tunes)}
        out.append(sorted(rank(model, tunes, index), key=lambda one: place[id(one.composition)]))
    return out


def table(candidates: list[list[Ranked]]) -> list[dict[str, Any]]:
    rows = []
    for count in COUNTS:
        best = [max(each[:count], key=lambda one: one.score) for each in candidates]
        tunes = [one.composition.tune for one in best]
        shared = [one.originality.longest.notes if one.originality and one.originality.longest else 0 for one in best]
        rows.append(
            {
                "best_of": count,
                "on_tonic": sum(map(music.ends_on_tonic, tunes)) / len(best),
                "in_compass": sum(gates.is_in_compass(music.compass(tune)) for tune in tunes) / len(best),
                "repetition": float(sum(map(music.repetition, tunes))) / len(best),
                "passages": sum(notes >= PASSAGE for notes in shared) / len(best),
            }
        )
    return rows


if __name__ == "__main__":
    main()
