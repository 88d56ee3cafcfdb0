"""How other programs see a function that composes, over HTTP and MCP: a parameter for each option of a request.

gradio reads signature, annotations and docstring.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from charrnn.sampling.options import OPTIONS

_Composing = Callable[..., dict[str, Any]]
_AFTER_CANDIDATES = "instrument"  # the first option that came after them; programs pass values by position


def for_programs(method: _Composing) -> _Composing:
    """The method (self, candidates, **options) with its options spelled out, and described among the parameters of its
    docstring."""
    own = inspect.signature(method)
    itself, candidates, _ = own.parameters.values()
    parameters = []
    for name, option in OPTIONS.items():
        kind = option.type if option.default is not None else option.type | None
        parameters += [candidates] if name == _AFTER_CANDIDATES else []
        parameters.append(inspect.Parameter(name, candidates.kind, default=option.default, annotation=kind))
    signature = own.replace(parameters=[itself, *parameters])

    @wraps(method)
    def called(*values: Any, **named: Any) -> dict[str, Any]:
        return method(**signature.bind(*values, **named).arguments)

    lines = "".join(f"    {name}: {option.help}\n" for name, option in OPTIONS.items())
    called.__doc__ = (inspect.getdoc(method) or "").replace("Parameters:\n", f"Parameters:\n{lines}")
    called.__annotations__ = {each.name: each.annotation for each in parameters} | {"return": own.return_annotation}
    called.__signature__ = signature  # type: ignore[attr-defined]
    return called
