"""How well a model predicts tunes: bits per character and per note, the state reset at each tune, the header given."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from charrnn.model.batches import IGNORED, Batch, Example, padded
from charrnn.model.network import CharLSTM, State
from charrnn.model.position.clock import Clock
from charrnn.model.position.plan import Plan, plan_of
from charrnn.model.position.plans import Plans
from charrnn.model.reading import patient, read_whole
from charrnn.model.vocabulary import START, Vocabulary
from charrnn.notation.tune import Tune
from charrnn.notation.writing.canonical import canonical_header

Bits = npt.NDArray[np.float64]

_CHARACTERS_AT_ONCE = 24_000  # in one batch; bounds the memory that the look back takes


@dataclass(frozen=True, slots=True)
class Score:
    """What it costs to tell a tune to someone who has the model and the header."""

    bits: float  # those of the plan included
    characters: int  # of the music, its end included
    notes: int
    plan_bits: float = 0.0  # of telling the plan, where the network reads one

    @property
    def bits_per_character(self) -> float:
        return self.bits / self.characters if self.characters else math.nan

    @property
    def bits_per_note(self) -> float:
        return self.bits / self.notes if self.notes else math.nan

    def as_dict(self) -> dict[str, float | int]:
        return {
            **asdict(self), "bits_per_character": self.bits_per_character, "bits_per_note": self.bits_per_note
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScoredText:
    """A tune to score: canonical header and music, and how many notes it has."""

    header: str
    music: str  # without its final newline
    notes: int
    plan: Plan | None = None  # told to the network
    plan_bits: float = 0.0  # what telling it costs

    def planned(self, plans: Plans, clock: Clock) -> "ScoredText":
        """The same text, whole as it is, with its plan told if it is among ``plans``."""
        plan: Plan | None = plan_of(f"{self.header}{self.music}\n", clock)
        plan = plan if plan in plans else None
        return replace(self, plan=plan, plan_bits=plans.bits(plan, self.header))


def planned(network: nn.Module, plans: Plans, texts: Sequence[ScoredText]) -> list[ScoredText]:
    """Whole texts with their plans told, if the network reads plans."""
    if not (isinstance(network, CharLSTM) and network.config.plan):
        return list(texts)
    return [text.planned(plans, network.bearings.clock) for text in texts]


def scored_text(tune: Tune, music: str) -> ScoredText:
    """A tune to score, from its parsed form and its music in canonical spelling."""
    return ScoredText(canonical_header(tune), music, len(tune.notes))


def total(scores: Sequence[Score]) -> Score:
    return Score(
        sum(score.bits for score in scores),
        sum(score.characters for score in scores),
        sum(score.notes for score in scores),
        sum(score.plan_bits for score in scores),
    )


def score(
    network: nn.Module,
    vocabulary: Vocabulary,
    tunes: Sequence[ScoredText],
    count_header: bool = False,
    check: Callable[[], None] = patient,
) -> list[Score]:
    """The score of each tune. With ``count_header`` the header's characters count too.

    ``network(ids, state)`` gives (logits, state), for ids (B, T) from START on. ``check`` is called now and then.

    Raises VocabularyError for text with unknown characters, and what ``check`` raises.
    """
    texts, plans = [f"{tune.header}{tune.music}\n" for tune in tunes], [tune.plan for tune in tunes]
    bits = character_bits(network, vocabulary, texts, check, plans)
    counted = [each[0 if count_header else len(tune.header) :] for each, tune in zip(bits, tunes, strict=True)]
    return [
        Score(float(each.sum()) + tune.plan_bits, len(each), tune.notes, tune.plan_bits)
        for each, tune in zip(counted, tunes, strict=True)
    ]


@torch.inference_mode()
def character_bits(
    network: nn.Module,
    vocabulary: Vocabulary,
    texts: Sequence[str],
    check: Callable[[], None] = patient,
    plans: Sequence[Plan | None] = (),
) -> list[Bits]:
    """What each character of each text costs (length of the text,), given those before it, and its plan if there is
    one.

    Raises VocabularyError for text with unknown characters, and what ``check`` raises.
    """
    was_training = network.training
    network.eval()
    encoded = [np.array(vocabulary.encode(text)) for text in texts]
    bits: list[Bits] = [np.zeros(0)] * len(texts)
    for group in _groups_of_like_length([len(text) for text in encoded]):
        examples = [Example(encoded[index], plan=plans[index] if plans else None) for index in group]
        batch = padded(examples, vocabulary.index_of[START])
        device = next(network.parameters()).device
        logits = read_whole(network, batch.inputs.to(device), _start(network, batch), check=check)
        nats = nn.functional.cross_entropy(
            logits.float().flatten(0, 1), batch.targets.to(device).flatten(), ignore_index=IGNORED, reduction="none"
        ).view_as(batch.targets)
        for row, index in zip(nats.double().cpu().numpy() / math.log(2), group, strict=True):
            bits[index] = row[: len(encoded[index])]
    network.train(was_training)
    return bits


def _start(network: nn.Module, batch: Batch) -> State | None:
    """The state before the texts, where there is something to tell of them."""
    if not any(batch.plans):
        return None
    assert isinstance(network, CharLSTM)
    return network.initial_state(len(batch.inputs), batch.plans)


def _groups_of_like_length(lengths: Sequence[int]) -> list[list[int]]:
    groups: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        if not groups or (len(groups[-1]) + 1) * lengths[index] > _CHARACTERS_AT_ONCE:
            groups.append([])
        groups[-1].append(index)
    return groups
