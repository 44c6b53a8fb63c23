"""Free ports of the loopback address, for processes that take their port as an argument."""

import socket

LOCALHOST = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """`count` different free ports; all are bound while they are chosen, so that none is returned twice."""
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(count)]
    try:
        for each in sockets:
            each.bind((LOCALHOST, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def is_listening(port: int) -> bool:
    """Whether a process accepts connections on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOCALHOST, port)) == 0
