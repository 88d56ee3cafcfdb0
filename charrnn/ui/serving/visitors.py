"""Who asks: the address that a request comes from, in one place."""

import ipaddress
from typing import Any


def client_address(request: Any) -> str:
    """The address that uvicorn gives; it reads X-Forwarded-For where it trusts the proxy, and nobody else shall.

    ``request`` is gradio's or starlette's; "" where there is none.
    """
    client = getattr(request, "client", None)
    return str(getattr(client, "host", "") or "")


def visitor_of(request: Any) -> str:
    """What limits are counted by: the address, of IPv6 the network that one household has. "" for an address of this
    machine, whose visitors cannot be told apart: they may all come through one proxy or tunnel.

    >>> from types import SimpleNamespace as Made
    >>> [visitor_of(Made(client=Made(host=host))) for host in ("192.0.2.7", "2001:db8::1:2:3:4", "127.0.0.1")]
    ['192.0.2.7', '2001:db8::/64', '']
    """
    text = client_address(request)
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text  # a name: a test's, or a proxy's
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return "" if address.is_loopback else str(ipaddress.ip_network((address, 64), strict=False))
        address = address.ipv4_mapped
    return "" if address.is_loopback else str(address)


def by_mcp(request: Any) -> bool:
    """Whether gradio's own MCP server asks, which speaks for all of its visitors in one session."""
    return getattr(request, "headers", {}).get("x-gradio-user") == "mcp"
