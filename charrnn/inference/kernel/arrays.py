"""The arrays that the kernel reads and writes, and their types."""

from typing import Any, NamedTuple

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


class Arrays(NamedTuple):
    """Clock, plan and grammar as ``inference.tables`` fills them in. V characters."""

    clock_next: Any  # (states, V)
    clock_moments: Any  # (states, 2), how far the bar is filled and what is missing from it
    clock_situations: Any  # (states,)
    clock_in_header: Any  # (states,)
    plan_next: Any  # (states, situations, V)
    plan_places: Any  # (states, 2), section and bars of it
    next: Any  # (nodes, V)
    costs: Any  # (nodes, V), without the frame's base; the end of the tune is never counted
    ends: Any  # (nodes,), NEVER, BY_FRAME or ALWAYS
    tie_rows: Any  # (nodes,)
    ties: Any  # (rows, pitches), where a tie leads to
    frames: Any  # (frames, 2), the base of the costs and whether the tune may end here
    crossing_keys: Any  # (places,), -1 where there is none; places are a power of two
    crossings: Any  # (places, 2), frame and node
    pitches: Any  # (V,), the number of a letter's pitch, MARK, or -1
    letters: Any  # (V,), the number of a note's letter, ACCIDENTAL, or NO_LETTER
    signs: Any  # (V,), in ASCII; 0 where it is none


class Network(NamedTuple):
    """The weights, as ``inference.compiled`` lays them out."""

    inputs: Any
    first_rows: Any
    next_phase: Any
    places: Any
    symbol_of: Any
    interval_of: Any
    logit_columns: Any
    lowest: Any
    lowest_scale: Any
    lowest_bias: Any
    layers: Any
    scales: Any
    biases: Any
    residual: Any
    recall: Any
    recall_scale: Any
    recall_bias: Any
    top: Any
    top_scale: Any
    top_bias: Any


class Rows(NamedTuple):
    """What belongs to one row each, by slot."""

    registers: Any  # (slots, REGISTERS)
    settings: Any  # (slots, settings), by DIVISOR, REPETITION
    hidden: Any  # (layers, slots, units)
    cell: Any  # (layers, slots, units)
    pages: Any  # (slots, pages), where in the memory its moments are
    plans: Any  # (slots, sections), bars of each
    given: Any  # (slots, turns), characters to read before the next draw
    bridges: Any  # (slots, longest), characters to write before the grammar goes on
    masks: Any  # (slots, V)
    probabilities: Any  # (slots, V)
    untempered: Any  # (slots, V), the same at temperature 1, without repetition
    nats: Any  # (slots,), what the characters written cost by these
    randoms: Any  # (slots, block)
    written: Any  # (slots, kept), characters: of a try, and of a call
    removed: Any  # (slots, kept)
    weights: Any  # (slots, kept, V)
    likeness: Any  # (slots,), of the best try


class Memory(NamedTuple):
    """What rows look back at, in pages of 64 moments; in copies, in one page for each slot. Keys and values are fp32,
    or bf16 beside weights of eight bits."""

    ids: Any  # (pages, 64)
    intervals: Any  # (pages, 64)
    recall_keys: Any  # (pages, width, 64)
    recall_values: Any  # (pages, panels, 64, 64), of each panel of 64 units, moment by moment
    pointer_keys: Any  # (heads, pages, width, 64)


class Saved(NamedTuple):
    """Copies of rows, by START and BEST, and what the best try wrote; the arrays of the same names in ``Rows``."""

    registers: Any  # (copies, slots, REGISTERS)
    hidden: Any  # (copies, layers, slots, units)
    cell: Any
    probabilities: Any  # (copies, slots, V)
    untempered: Any
    nats: Any  # (copies, slots)
    written: Any  # (slots, LONGEST_TRY)
    removed: Any
    weights: Any  # (slots, LONGEST_TRY, V)
    moments: Memory  # those of the best try


class Ears(NamedTuple):
    """What rows have heard (``hearing``), by slot. The room grows with the tunes."""

    heard: Any  # (slots, 2, HEARD), before a piece and after it
    lines: Any  # (slots, 2, room), the bar line after the last bar
    degrees: Any  # (slots, 2 * room), "#" and then the bars, each with a "|"
    steps: Any  # (slots, 2 * room), the same
    rhythms: Any  # (slots, room), without "#" and "|"
    bars: Any  # (slots, room, OF_BAR)
    ends: Any  # (slots, room), hashes of the degrees of bars that sections ended with
    before: Any  # (slots, room), the characters of the music that stood before the first draw
    words: Any  # (slots, WORDS)
    tonics: Any  # (slots, 2), steps above C, and whether the mode is minor
    full: Any  # (slots,), unit lengths of a bar


class Judges(NamedTuple):
    """The weights of features of one or several judges, by the hashes of their names in rising order."""

    starts: Any  # (judges, buckets + 1), where those begin whose hashes begin with the same bits
    hashes: Any  # (features,)
    weights: Any  # (features,)


@intrinsic
def borrowed(context: Any, value: Any) -> Any:
    """The same array, or tuple of arrays, without an owner: then views of it need not be counted, which takes an atomic
    instruction each time. Whoever called the kernel holds it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _without_owner(context, builder, signature.args[0], arguments[0])

    return value(value), generate


def _without_owner(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    if isinstance(kind, types.BaseTuple):
        parts = zip(kind.types, cgutils.unpack_tuple(builder, value), strict=True)
        return context.make_tuple(builder, kind, [_without_owner(context, builder, *part) for part in parts])
    if not isinstance(kind, types.Array):
        return value
    array = context.make_array(kind)(context, builder, value)
    array.meminfo = ir.Constant(array.meminfo.type, None)
    array.parent = ir.Constant(array.parent.type, None)
    return array._getvalue()


F1, F2, F3, F4 = (types.Array(types.float32, dimensions, "C") for dimensions in range(1, 5))
I1, I2, I3 = (types.Array(types.int64, dimensions, "C") for dimensions in range(1, 4))
S1, S2, S3 = (types.Array(types.int32, dimensions, "C") for dimensions in range(1, 4))
B2, B3, B4, B5 = (types.Array(types.int8, dimensions, "C") for dimensions in range(2, 6))
D1, D2 = (types.Array(types.float64, dimensions, "C") for dimensions in (1, 2))
T2, T3 = (types.Array(types.uint8, dimensions, "C") for dimensions in (2, 3))
U1, U2 = (types.Array(types.uint32, dimensions, "C") for dimensions in (1, 2))
H3, H4 = (types.Array(types.uint16, dimensions, "C") for dimensions in (3, 4))
_KINDS = {  # the types of a matrix, of those of several layers, and of what is looked back at
    "fp32": (F3, F4, (F3, F4, F4)),
    "int8": (B3, B4, (H3, H4, H4)),
    "tiles": (B4, B5, (H3, H4, H4)),
}


def signature(kind: str) -> Any:
    panels, layers, memories = _KINDS[kind]
    network = types.NamedTuple(
        (
            *(F2, I1, I2, I2, I2, I2, I3),  # tables
            *(panels, F1, F1, layers, F2, F2, types.boolean, panels, F1, F1, panels, F1, F1),
        ),
        Network,
    )
    tables = types.NamedTuple((S2, S2, S1, S1, S3, S2, S2, S2, S1, S1, S2, S2, I1, S2, S1, S1, S1), Arrays)
    rows = types.NamedTuple((I2, F2, F3, F3, I2, I2, I2, I2, B2, F2, F2, D1, D2, I2, D2, F3, D1), Rows)
    memory = types.NamedTuple((I2, I2, *memories), Memory)
    saved = types.NamedTuple((I3, F4, F4, F3, F3, D2, I2, D2, F3, memory), Saved)
    ears = types.NamedTuple((I3, T3, T2, T2, T2, I3, I2, I2, U2, I2, D1), Ears)
    judges = types.NamedTuple((S2, U1, F1), Judges)
    return types.int64(network, tables, rows, saved, memory, ears, judges, I1, types.int64)
