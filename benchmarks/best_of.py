"""What ranking is worth: the best of one, two, four and eight candidates, drawn as the page draws them.

    python -m benchmarks.best_of [--requests 100] [--free] [--json]

Each request has eight candidates; the best of n is the highest ranked of the first n. Counted are the tunes that pass
all four gates (``evaluation.gates``; abc2midi is asked), those that end on the tonic and those within the fiddle's
compass, which the ranking also looks at, and bars that repeat earlier ones and passages of 16 notes from the training
music, which it should leave as they are.
"""

import argparse
import json
from typing import Any

from tqdm import tqdm

from charrnn.corpus.collection import load_corpus
from charrnn.corpus.originality.index import OriginalityIndex
from charrnn.corpus.sources import DEFAULT_COLLECTIONS
from charrnn.evaluation import abc2midi, gates, music
from charrnn.evaluation.facts import Training
from charrnn.inference.compiling import prepare
from charrnn.inference.threads import use_one_thread_each
from charrnn.model.checkpoint import Checkpoint, load_checkpoint
from charrnn.model.location import DEFAULT_NAME, find_checkpoint
from charrnn.render.problems import problems
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
    abc2midi.require()
    use_one_thread_each()
    prepare()
    model = load_checkpoint(find_checkpoint(options.checkpoint))
    names = tuple(model.corpus.get("names", DEFAULT_COLLECTIONS))
    training = Training.of(load_corpus(names).split.train)
    rows = table(drawn(model, training.index, options.requests, options.free), training.patterns)
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    print("| best of | pass all gates | end on the tonic | in the fiddle's compass | bars repeated | 16 notes shared |")
    print("|--:|--:|--:|--:|--:|--:|")
    for row in rows:
        shares = (row[name] for name in ("gates", "on_tonic", "in_compass", "repetition", "passages"))
        print(f"| {row['best_of']} | " + " | ".join(f"{share:.1%}" for share in shares) + " |")


def drawn(model: Checkpoint, index: OriginalityIndex, requests: int, free: bool) -> list[list[Ranked]]:
    """The candidates of each request, in the order in which they were drawn."""
    form = (None, None) if free else (DEFAULT_BARS, DEFAULT_PARTS)
    out = []
    for number in tqdm(range(requests), disable=None):
        request = Request.checked("", seed=FIRST_SEED + 100 * number, bars=form[0], parts=form[1])
        *_, tunes = stream_candidates(model, request, max(COUNTS))
        place = {id(tune): at for at, tune in enumerate(tunes)}
        out.append(sorted(rank(model, tunes, index), key=lambda one: place[id(one.composition)]))
    return out


def passes(one: Ranked, known: frozenset[music.Pattern]) -> bool:
    tune, found = one.composition.tune, one.originality
    adds_up = not problems(tune) and abc2midi.ask(one.composition.abc).is_bar_clean
    return found is not None and gates.pass_gates(tune, found, adds_up, known).all


def table(candidates: list[list[Ranked]], known: frozenset[music.Pattern]) -> list[dict[str, Any]]:
    rows = []
    for count in COUNTS:
        best = [max(each[:count], key=lambda one: one.score) for each in candidates]
        tunes = [one.composition.tune for one in best]
        shared = [one.originality.longest.notes if one.originality and one.originality.longest else 0 for one in best]
        rows.append(
            {
                "best_of": count,
                "gates": sum(passes(one, known) for one in best) / len(best),
                "on_tonic": sum(map(music.ends_on_tonic, tunes)) / len(best),
                "in_compass": sum(gates.is_in_compass(music.compass(tune)) for tune in tunes) / len(best),
                "repetition": float(sum(map(music.repetition, tunes))) / len(best),
                "passages": sum(notes >= PASSAGE for notes in shared) / len(best),
            }
        )
    return rows


if __name__ == "__main__":
    main()
