"""``app.py --mcp``: programs that speak the Model Context Protocol compose, with the same checks as everybody."""

import ast
import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from charrnn.notation.instruments.table import NAMES
from charrnn.notation.reading.parser import parse
from tests.support.served import GRADIO_WARNINGS, served

mcp = pytest.importorskip("mcp", reason="needs gradio's extra of this name: pip install 'gradio[mcp]'")

pytestmark = [
    pytest.mark.filterwarnings(GRADIO_WARNINGS),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of gradio's use of the protocol's package
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # streams that the package leaves to the garbage collector
]


@pytest.fixture(scope="module")
def address(checkpoint_path: Path) -> Iterator[str]:
    with served(str(checkpoint_path), mcp=True) as address:
        yield address


def speak(address: str, *calls: dict[str, Any]) -> tuple[Any, list[Any]]:
    """The tools that there are, and the answers to calls of the one, which are made at once."""
    from mcp.client.streamable_http import streamablehttp_client

    async def conversation() -> tuple[Any, list[Any]]:
        async with (
            streamablehttp_client(f"{address}/gradio_api/mcp/") as (read, write, _),
            mcp.ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = (await session.list_tools()).tools
            answers = await asyncio.gather(*(session.call_tool(tools[0].name, call) for call in calls))
            return tools, answers

    with ThreadPoolExecutor(1) as pool:  # playwright may have a loop in this thread
        return pool.submit(lambda: asyncio.run(conversation())).result()


def tune_of(answer: Any) -> dict[str, Any]:
    (content,) = answer.content
    assert not answer.isError, content.text
    return ast.literal_eval(content.text)  # gradio writes a dict as Python does


def test_mcp_offers_one_tool_with_described_parameters(address):
    (tool,), _ = speak(address)
    assert tool.name.endswith("generate")
    assert "Compose one folk tune" in tool.description
    properties = tool.inputSchema["properties"]
    assert {"seed_text", "temperature", "length", "seed", "candidates"} <= properties.keys()
    assert "1 to 16" in properties["candidates"]["description"]


def test_every_instrument_is_named_to_programs(address):
    (tool,), _ = speak(address)
    told = tool.inputSchema["properties"]["instrument"]["description"]
    assert [name for name in NAMES if f" {name}" not in told] == []


def test_each_parameter_is_described_by_a_whole_sentence(address):
    """gradio reads the first line of each alone."""
    (tool,), _ = speak(address)
    assert [name for name, one in tool.inputSchema["properties"].items() if not one["description"].endswith(".")] == []


def test_simultaneous_calls_with_one_seed_get_equal_tunes(address):
    asked = {"seed": 5, "length": 60, "seed_text": "M:6/8\nL:1/8\nK:D\n"}
    _, answers = speak(address, asked, asked)
    first, second = map(tune_of, answers)
    assert first == second
    assert first["seed"] == 5
    assert parse(first["abc"]).notes


def test_several_candidates_come_with_the_best_first(address):
    _, (answer,) = speak(address, {"seed": 5, "length": 40, "candidates": 3})
    tune = tune_of(answer)
    assert tune["abc"] == tune["candidates"][0]["abc"]
    assert sorted(one["seed"] for one in tune["candidates"]) == [5, 6, 7]


@pytest.mark.parametrize("call", [{"temperature": -1}, {"temperature": 2.5}, {"length": 0}, {"candidates": 99}])
def test_a_bad_value_gets_the_usual_error_sentence(address, call):
    _, (answer,) = speak(address, call)
    (content,) = answer.content
    assert answer.isError
    assert f"{next(iter(call)).title()} must be " in content.text
    assert "Traceback" not in content.text
