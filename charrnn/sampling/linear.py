"""A matrix and a bias, read as fast as the memory gives them."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


class Linear:
    """``x @ weight.T + bias`` for few rows."""

    def __init__(self, weight: Floats, bias: Floats | None) -> None:
        self._weight, self._bias = np.ascontiguousarray(weight), np.float32(0) if bias is None else bias

    def __call__(self, x: Floats) -> Floats:
        """(B, units in) to (B, units out)."""
        if len(x) == 1:  # np.dot with a vector is twice as fast as a product of matrices
            return (np.dot(self._weight, x[0]) + self._bias)[None]
        product: Floats = x @ self._weight.T
        return product + self._bias
