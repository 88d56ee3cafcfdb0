"""Functions of vectors in fp32, and what is kept of them in sixteen bits: bf16, the higher half of fp32."""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload


@njit(error_model="numpy")
def tanh(x):
    """A quotient of polynomials, right to a few units in the last place of fp32 (those of Eigen and of XLA)."""
    f = np.float32
    x = f(7.99881172) if x > f(7.99881172) else x
    x = f(-7.99881172) if x < f(-7.99881172) else x
    s = x * x
    above = f(2.00018790482477e-13) + s * f(-2.76076847742355e-16)
    above = f(5.12229709037114e-08) + s * (f(-8.60467152213735e-11) + s * above)
    above = f(6.37261928875436e-04) + s * (f(1.48572235717979e-05) + s * above)
    above = f(4.89352455891786e-03) + s * above
    below = f(1.18534705686654e-04) + s * f(1.19825839466702e-06)
    below = f(4.89352518554385e-03) + s * (f(2.26843463243900e-03) + s * below)
    return x * above / below


@intrinsic
def bits_of(context: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(32))

    return types.int32(types.float32), generate


@intrinsic
def of_bits(context: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.FloatType())

    return types.float32(types.int32), generate


@njit(error_model="numpy")
def largest_of(x, least):
    """Compared as whole numbers, whose order does not matter: sixteen at a time."""
    largest = _in_order(bits_of(least))
    for place in range(len(x)):
        one = _in_order(bits_of(x[place]))
        largest = one if one > largest else largest
    return of_bits(_in_order(largest))


@njit(error_model="numpy")
def _in_order(bits):
    """Of an fp32: larger for a larger one. Once more gives the bits back."""
    return bits ^ ((bits >> np.int32(31)) & np.int32(0x7FFFFFFF))


@njit(error_model="numpy")
def largest_size_of(x, row, least):
    """Of a matrix' row, without its sign; NaN where there is one."""
    largest = bits_of(least)
    for place in range(x.shape[1]):
        one = bits_of(x[row, place]) & np.int32(0x7FFFFFFF)
        largest = one if one > largest else largest
    return of_bits(largest)


@njit(error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def total_of(x):
    total = np.float32(0)
    for place in range(len(x)):
        total += x[place]
    return total


@njit(error_model="numpy", fastmath={"contract"})
def exp(x, largest):
    """x becomes exp(x - largest), where nothing is larger (Cephes' expf: a polynomial, and powers of two as bits)."""
    f = np.float32
    bits = np.empty(len(x), np.int32)
    for place in range(len(x)):
        z = x[place] - largest
        z = f(-87) if z < f(-87) else z
        twos = np.rint(z * f(1.44269504))
        z = z - twos * f(0.693359375) - twos * f(-2.12194440e-4)
        y = f(8.3334519073e-3) + z * (f(1.3981999507e-3) + z * f(1.9875691500e-4))
        y = f(5.0000001201e-1) + z * (f(1.6666665459e-1) + z * (f(4.1665795894e-2) + z * y))
        x[place] = f(1) + (z + z * z * y)
        bits[place] = (np.int32(twos) + np.int32(127)) << np.int32(23)
    powers = bits.view(np.float32)
    for place in range(len(x)):
        x[place] *= powers[place]


@njit(error_model="numpy")
def _in_sixteen_bits(value):
    """To the nearest, of two that are as near to the even one."""
    bits = np.uint32(bits_of(value))
    return np.uint16((bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16))


def kept(array, value):
    """A value of fp32 as an array keeps it: as it is, or in sixteen bits."""
    raise NotImplementedError("compiled only")


@overload(kept)
def _kept(array, value):
    if array.dtype == types.uint16:
        return lambda array, value: _in_sixteen_bits(value)
    return lambda array, value: value
