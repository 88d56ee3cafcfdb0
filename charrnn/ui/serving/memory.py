"""How the C library hands out memory to the server's threads."""

import ctypes
import platform

_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3  # glibc's malloc.h
_ARENAS = 2
_LARGE = 1024 * 1024  # bytes


def return_what_is_freed() -> None:
    """From here on, glibc serves all threads from two pools, rather than from eight for each core, and takes what is
    large (sound, mostly) from the system and gives it back, rather than keep ever larger pieces. After a thousand
    requests that is worth 100 MB and more (``python -m benchmarks.soak``).

    Call it before there are threads. Systems without glibc are left as they are.
    """
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        library.mallopt(_M_ARENA_MAX, _ARENAS)
        library.mallopt(_M_MMAP_THRESHOLD, _LARGE)
