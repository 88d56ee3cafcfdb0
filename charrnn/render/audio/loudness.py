"""How loud programme material is, after ITU-R BS.1770-4, and bringing it to a loudness.

Tested against the signals of EBU Tech 3341. Waveforms are (channels, samples), full scale at 1.
"""

import numpy as np

TARGET = -16.0  # LUFS: what music services and players of podcasts ask for
PEAK = 0.89  # of full scale: one decibel of head room, as lossy encoders and players that resample need

_BLOCK, _HOP = 0.4, 0.1  # seconds; section "gating"
_ABSOLUTE_GATE, _RELATIVE_GATE = -70.0, -10.0  # LUFS, and LU under the loudness of what passes the first
_OFFSET = -0.691
_SETTLES = 0.3  # seconds after which the filters have forgotten what was before
_STRETCH = 1 << 17  # samples filtered at a time: ten minutes at once would take a gigabyte
_LIMITER_STEP = 64  # samples that have one gain
_LIMITER_REACH = 6  # steps before and after a peak in which the gain goes down and up: 9 ms


def integrated_loudness(waveform: np.ndarray, rate: int) -> float:
    """In LUFS; minus infinity for silence. Both channels weigh the same; what is shorter than a block counts as one."""
    hops = _hop_energies(waveform, rate)
    blocks = round(_BLOCK / _HOP)
    energies = np.convolve(hops, np.ones(blocks) / blocks, "valid") if len(hops) >= blocks else hops[:0]
    if not len(energies):
        energies = np.array([hops.mean()])
    energies = energies[_lufs(energies) > _ABSOLUTE_GATE]
    if not len(energies):
        return -np.inf
    energies = energies[_lufs(energies) > _lufs(energies.mean()) + _RELATIVE_GATE]
    return float(_lufs(energies.mean()))


def master(waveform: np.ndarray, rate: int) -> None:
    """Bring the waveform to TARGET, in place, its peaks held under PEAK by a limiter that looks ahead; silence stays
    silent. Ten minutes of stereo are 200 MB, so nothing of that size is copied."""
    loudness = integrated_loudness(waveform, rate)
    if not np.isinf(loudness):
        waveform *= np.float32(10 ** ((TARGET - loudness) / 20))
        _limit(waveform)


def _lufs(energy: np.ndarray | float) -> np.ndarray:
    return _OFFSET + 10 * np.log10(np.maximum(energy, 1e-20))


def _hop_energies(waveform: np.ndarray, rate: int) -> np.ndarray:
    """The mean square of each whole _HOP, K-weighted, summed over the channels; of all of it where it is shorter. The
    filters are applied by their response, stretch by stretch; each begins a little earlier, so that they have settled
    and what the transform turns round to its beginning is left out."""
    hop = round(_HOP * rate)
    lead = hop * round(_SETTLES / _HOP)
    stretch = hop * ((_STRETCH - lead) // hop)
    weights = _k_weighting(np.fft.rfftfreq(_STRETCH, 1 / rate), rate).astype(np.complex64)
    found = []
    for start in range(0, waveform.shape[1], stretch):
        before = max(start - lead, 0)
        piece = waveform[:, before : start + stretch].astype(np.float32, copy=False)
        filtered = np.fft.irfft(np.fft.rfft(piece, _STRETCH) * weights)[:, start - before : piece.shape[1]]
        squares = (filtered**2).sum(axis=0)
        hops = len(squares) // hop
        found.append(
            squares[: hops * hop].reshape(hops, hop).mean(axis=1) if hops or start else squares[None].mean(axis=1)
        )
    return np.concatenate(found)


def _k_weighting(frequencies: np.ndarray, rate: int) -> np.ndarray:
    """The response of the two filters (a shelf for the head, and a high-pass), with their parameters, from which the
    standard's coefficients for 48 kHz follow, by the bilinear transform for any rate."""
    z = np.exp(-2j * np.pi * frequencies / rate)
    k = np.tan(np.pi * 1681.974450955533 / rate)
    gain, q = 10 ** (3.999843853973347 / 20), 0.7071752369554196
    middle = gain**0.4996667741545416
    shelf = _biquad(
        (gain + middle * k / q + k * k, 2 * (k * k - gain), gain - middle * k / q + k * k),
        (1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k),
        z,
    )
    k, q = np.tan(np.pi * 38.13547087602444 / rate), 0.5003270373238773
    high_pass = _biquad((1, -2, 1), (1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k), z)
    found: np.ndarray = shelf * high_pass * (1 + k / q + k * k)  # the standard's high-pass has a numerator of 1, -2, 1
    return found


def _biquad(above: tuple[float, ...], below: tuple[float, ...], z: np.ndarray) -> np.ndarray:
    found: np.ndarray = (above[0] + above[1] * z + above[2] * z * z) / (below[0] + below[1] * z + below[2] * z * z)
    return found


def _limit(waveform: np.ndarray) -> None:
    """A step's gain is the mean of minima, each of which has the step itself and its neighbours within reach; so it is
    at most what each of them asks for, and so is the line to the next one."""
    whole = waveform.shape[1] // _LIMITER_STEP * _LIMITER_STEP
    steps = waveform[:, :whole].reshape(len(waveform), -1, _LIMITER_STEP)
    peaks = np.maximum(steps.max(axis=(0, 2)), -steps.min(axis=(0, 2)))
    if whole < waveform.shape[1]:
        peaks = np.append(peaks, np.abs(waveform[:, whole:]).max())
    if peaks.max(initial=0) <= PEAK:
        return
    width = 2 * _LIMITER_REACH + 1
    wanted = np.pad(np.minimum(1, PEAK / np.maximum(peaks, 1e-9)), width + 1, constant_values=1)
    least = np.lib.stride_tricks.sliding_window_view(wanted, width + 2).min(axis=1)  # a step further each way
    around = np.convolve(least, np.ones(width) / width, "valid")  # with one step before and one after
    edges = (around[1:] + around[:-1]) / 2
    along = (np.arange(_LIMITER_STEP) + 0.5) / _LIMITER_STEP
    for step in np.flatnonzero((edges[:-1] < 1) | (edges[1:] < 1)):
        piece = waveform[:, step * _LIMITER_STEP : (step + 1) * _LIMITER_STEP]
        gains = edges[step] + (edges[step + 1] - edges[step]) * along
        piece *= gains[: piece.shape[1]].astype(waveform.dtype)
