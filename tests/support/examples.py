"""How many examples the expensive property tests look at."""

from hypothesis import settings


def at_most(examples: int) -> settings:
    """Fewer than the usual profile has, where each takes long; as many as ``HYPOTHESIS_PROFILE=thorough`` asks for."""
    is_thorough = settings.default.max_examples > 1_000
    return settings() if is_thorough else settings(max_examples=examples)
