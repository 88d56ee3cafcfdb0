"""``judge``: trains the judge that ranks candidates, and the one that chooses phrases."""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charrnn.cli.arguments import add_checkpoint, add_command, add_json, number
from charrnn.cli.terminal import progress
from charrnn.corpus.sources import DEFAULT_COLLECTIONS
from charrnn.model.location import find_checkpoint
from charrnn.sampling.checks import check_count, check_workers

if TYPE_CHECKING:
    from charrnn.evaluation.judging import Trained

MORE = (
    "It tells people's training tunes from tunes that the model writes, by short patterns of notes, and puts the"
    " candidate first that is most like people's. A second judge does the same for phrases of four bars. Each is the"
    " mean of two, one for what is written once and one for what is chosen from several tries. They are written beside"
    " the checkpoint, NAME.judge.npz and NAME.phrases.npz, and belong to these weights alone: train them anew after the"
    " model. A run that is interrupted leaves the files as they were. Needs scipy, which comes with scikit-learn."
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
        from charrnn.evaluation.judging import Training, trained_on_phrases, trained_on_tunes
    except ImportError as error:
        raise EvaluationError(f"training a judge needs scipy, which cannot be loaded: {error}") from error
    from charrnn.model.checkpoint import judge_path, load_checkpoint, phrase_judge_path
    from charrnn.model.likeness.judge import kept_apart, save
    from charrnn.sampling.batch import Composer

    count, workers = check_count(options.count), check_workers(options.workers)
    path = find_checkpoint(options.checkpoint)
    checkpoint = load_checkpoint(path)
    corpus = load_corpus(tuple(checkpoint.corpus.get("names", DEFAULT_COLLECTIONS)), not options.json)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    training = Training(Composer(path, tunes=count), corpus.split.train, count, digest, workers, progress)
    files = {"phrases": phrase_judge_path(path), "tunes": judge_path(path)}
    told: dict[str, dict[str, Any]] = {}
    with kept_apart(path.parent) as apart:

        def keep(name: str, trained: "Trained") -> None:
            save(trained.judge, apart / files[name].name)
            told[name] = _told(name, trained, files[name], not options.json)

        phrases = trained_on_phrases(training)
        keep("phrases", phrases)
        keep("tunes", trained_on_tunes(training.choosing_by(phrases.judge)))
    if options.json:
        print(json.dumps(told))
        return 0
    for file in files.values():
        print(f"wrote {file}", file=sys.stderr)
    return 0


def _told(name: str, trained: "Trained", file: Path, aloud: bool) -> dict[str, Any]:
    """What --json tells of a judge; ``aloud``, a sentence of it goes to the error stream."""
    once, in_tries = trained.auc_once, trained.auc_in_tries
    if aloud:
        found = f"{once:.3f} if written once, {in_tries:.3f} if written in tries (0.5: it cannot tell)"
        print(f"AUC on {name} that it has not seen: {found}", file=sys.stderr)
    features = len(trained.judge.hashes)
    return {"path": str(file), "features": features, "auc_once": once, "auc_in_tries": in_tries}
