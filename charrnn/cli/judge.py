"""``judge``: trains the judge that ranks candidates, and the one that chooses phrases."""

import argparse
import hashlib
import json
import sys
from typing import Any

from charrnn.cli.arguments import add_checkpoint, add_command, add_json, number
from charrnn.cli.terminal import progress
from charrnn.corpus.sources import DEFAULT_COLLECTIONS
from charrnn.model.location import find_checkpoint
from charrnn.sampling.checks import check_count, check_workers

MORE = (
    "It tells people's training tunes from tunes that the model writes, by short patterns of notes, and puts the"
    " candidate first that is most like people's. A second judge does the same for phrases of four bars. Each is the"
    " mean of two, one for what is written once and one for what is chosen from several tries. They are written beside"
    " the checkpoint, NAME.judge.npz and NAME.phrases.npz, and belong to these weights alone: train them anew after the"
    " model. Needs scipy, which comes with scikit-learn."
)


def add(commands: Any) -> None:
    command = add_command(commands, "judge", run, "train the judges of candidates and of phrases", MORE)
    command.add_argument(
        "--count",
        type=number,
        default=3000,
        help="tunes of the model for each of four trainings, and at most of people",
    )
    command.add_argument("--workers", type=number, default=1, help="processes that compose")
    add_json(command)
    add_checkpoint(command)


def run(options: argparse.Namespace) -> int:
    from charrnn.corpus.collection import load_corpus
    from charrnn.errors import EvaluationError

    try:
        from charrnn.evaluation.judging import Training, train_judge, train_phrase_judge
    except ImportError as error:
        raise EvaluationError(f"training a judge needs scipy, which cannot be loaded: {error}") from error
    from charrnn.model.checkpoint import judge_path, load_checkpoint, phrase_judge_path
    from charrnn.model.likeness.judge import mean_of, save
    from charrnn.sampling.batch import Composer
    from charrnn.sampling.options import DEFAULT_TRIES

    count, workers = check_count(options.count), check_workers(options.workers)
    path = find_checkpoint(options.checkpoint)
    checkpoint = load_checkpoint(path)
    corpus = load_corpus(tuple(checkpoint.corpus.get("names", DEFAULT_COLLECTIONS)), not options.json)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    training = Training(Composer(path, tunes=count), corpus.split.train, count, digest, workers, progress)
    told: dict[str, dict[str, Any]] = {}
    # Phrases first: that judge, saved after its first training, chooses among the tries of all tunes that come then.
    steps = (("phrases", train_phrase_judge, phrase_judge_path(path)), ("tunes", train_judge, judge_path(path)))
    for name, train, file in steps:
        once, auc_once = train(training, 1)
        if train is train_phrase_judge:
            save(once, file)
        chosen, auc_chosen = train(training, DEFAULT_TRIES)
        judge = mean_of(once, chosen)
        save(judge, file)
        aucs = {"auc_once": auc_once, "auc_in_tries": auc_chosen}
        told[name] = {"path": str(file), "features": len(judge.hashes)} | aucs
        if not options.json:
            found = f"{auc_once:.3f} if written once, {auc_chosen:.3f} if written in tries (0.5: it cannot tell)"
            print(f"AUC on {name} that it has not seen: {found}", file=sys.stderr)
            print(f"wrote {file}", file=sys.stderr)
    if options.json:
        print(json.dumps(told))
    return 0
