"""What the processor has that the kernel can use: tiles of eight bits (AMX), which a process has to ask Linux for."""

import ctypes
import platform
from functools import cache

_ARCH_PRCTL, _REQUEST, _TILES = 158, 0x1023, 18  # arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA)


@cache
def may_use_tiles() -> bool:
    """Whether it has them, and the system lets this process use them. Asks once.

    ``NUMBA_CPU_FEATURES`` can take them away. See https://docs.kernel.org/arch/x86/xstate.html.
    """
    return platform.system() == "Linux" and platform.machine() == "x86_64" and _has_tiles() and _are_allowed()


def _has_tiles() -> bool:
    try:
        from numba.core.registry import cpu_target

        features = cpu_target.target_context.codegen().magic_tuple()[2].split(",")
    except (ImportError, OSError, AttributeError):  # there is none, or a damaged or an unknown one
        return False
    return {"+amx-tile", "+amx-int8"} <= set(features)


def _are_allowed() -> bool:
    return bool(ctypes.CDLL(None).syscall(_ARCH_PRCTL, _REQUEST, _TILES) == 0)
