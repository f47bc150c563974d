"""Loopback ports for the servers that tests start."""

from __future__ import annotations

import os
import random
import socket

# Below where the system takes the ports of outgoing connections from: one of those in the meantime would be in the way.
_FIRST, _EACH, _WORKERS = 20_000, 1_000, 10
_given: set[int] = set()


def free_port() -> int:
    """Return a port nobody listens on; never the same twice, nor one of another worker's."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
    first = _FIRST + worker * _EACH
    for port in random.sample(range(first, first + _EACH), _EACH):
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise LookupError("no free port is left")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
