"""Which network addresses belong to the public internet; only those are ever called."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_INNER_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; a cloud's metadata service lives here too
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host, on an address that looks public
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_PUBLIC_V6 = IPv6Network("2000::/3")
_INNER_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo, benchmarking, ORCHID: protocol assignments
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries any IPv4 address inside
        "3fff::/20",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address may be called; what is no address may not.

    Networks are listed here because `ipaddress.is_global` changed its mind between Python's releases.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        inside = _carried(parsed)
        return _is_public_v6(parsed) if inside is None else _is_public_v4(inside)
    return _is_public_v4(parsed)


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that the packet would really reach: mapped, or through the well-known NAT64 prefix."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return None


def _is_public_v4(address: IPv4Address) -> bool:
    return address.is_global and not any(address in network for network in _INNER_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    return address in _PUBLIC_V6 and not any(address in network for network in _INNER_V6)
