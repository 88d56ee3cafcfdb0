"""A matrix and a bias, read as fast as the memory gives them, and the same with the kernel's eight bits."""

import numpy as np
import torch

from charrnn.inference.layout import Floats, finest, in_eight_bits

_TINY = np.float32(1e-9)  # as the kernel's
_HIGH = np.float32(256)  # what 1 in the higher eight of sixteen bits stands for


class Linear:
    """``x @ weight.T + bias`` for few rows."""

    def __init__(self, weight: Floats, bias: Floats | None) -> None:
        self._weight, self._bias = np.ascontiguousarray(weight), bias
        self._tensor = torch.from_numpy(self._weight)  # the same memory

    def __call__(self, x: Floats) -> Floats:
        """(B, units in) to (B, units out), in an array of its own."""
        product: Floats
        if len(x) == 1:
            product = np.dot(self._weight, x[0])[None]  # with a vector, twice as fast as a product of matrices
        else:  # numpy's product of a few rows packs the weights anew each time: three times as slow as torch's
            product = torch.nn.functional.linear(torch.from_numpy(x), self._tensor).numpy()
        if self._bias is not None:
            product += self._bias
        return product


class RoundedLinear:
    """The same for a weight of eight bits, with the kernel's sums: of whole numbers, so that none of them is rounded.

    ``x`` is rounded to sixteen bits, of which fp32 multiplies eight at a time: 24 hold the sum of 1,032 products.
    """

    def __init__(self, weight: Floats, bias: Floats) -> None:
        whole, self._scale = in_eight_bits(weight)
        self._product, self._bias, self._finest = Linear(whole, None), bias, np.float32(finest(weight.shape[1]))

    def __call__(self, x: Floats) -> Floats:
        """(B, units in) to (B, units out)."""
        largest = np.maximum(np.abs(x).max(axis=1, keepdims=True), _TINY)
        whole = np.rint(x * (self._finest / largest))
        high = np.rint(whole / _HIGH)
        sums = self._product(np.concatenate([high, whole - _HIGH * high])).astype(np.float64)
        total = (_HIGH * sums[: len(x)] + sums[len(x) :]).astype(np.float32)
        product: Floats = total * (self._scale * (largest / self._finest)) + self._bias
        return product
