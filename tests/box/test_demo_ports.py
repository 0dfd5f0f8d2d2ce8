"""Ports that collide among the demo's own options, or with another program."""

from __future__ import annotations

import socket

import pytest

from app.box.demo_ports import METRICS, PortsUnusable, free_port_beside, require_ports
from app.box.ports import free_port
from tests.pcsc_stack import free_port_pair

KIOSK, STAFF, READER, NEXT = "--kiosk-port", "--staff-port", "--reader-port", "--reader-port (N and N+1)"


@pytest.mark.parametrize(
    ("kiosk", "staff", "reader", "metrics", "both"),
    [
        (1, 1, 5, 0, (KIOSK, STAFF)),
        (1, 2, 1, 0, (KIOSK, READER)),
        (2, 4, 1, 0, (KIOSK, NEXT)),
        (1, 2, 2, 0, (STAFF, READER)),
        (1, 3, 2, 0, (STAFF, NEXT)),
        (1, 2, 4, 1, (KIOSK, METRICS)),
        (1, 2, 4, 2, (STAFF, METRICS)),
        (1, 2, 4, 4, (METRICS, READER)),
        (1, 2, 4, 5, (METRICS, NEXT)),
    ],
)
def test_two_options_for_one_port_are_named(
    kiosk: int, staff: int, reader: int, metrics: int, both: tuple[str, str]
) -> None:
    environ = {METRICS: str(30_000 + metrics)} if metrics else {METRICS: "0"}
    with pytest.raises(PortsUnusable) as caught:
        require_ports(30_000 + kiosk, 30_000 + staff, 30_000 + reader, environ)
    assert str(caught.value).startswith(f"{both[0]} and {both[1]} both want port 3000")


def test_a_real_reader_leaves_the_virtual_ones_ports_to_others() -> None:
    port = free_port_pair()
    require_ports(port, port + 1, None, {})
    with pytest.raises(PortsUnusable):
        require_ports(port, port + 1, port, {})


@pytest.mark.parametrize("text", ["", "0", "nonsense", "-1"])
def test_metrics_that_are_off_or_nonsense_are_left_to_the_settings(text: str) -> None:
    require_ports(free_port(), free_port(), None, {METRICS: text})


def test_metrics_port_of_another_program_names_the_setting() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortsUnusable, match=rf"Port {port} is in use by another program.*{METRICS} N"):
            require_ports(free_port(), free_port(), None, {METRICS: str(port)})


def test_metrics_port_beyond_all_ports_is_a_sentence() -> None:
    with pytest.raises(PortsUnusable, match="Port 99999 cannot be used"):
        require_ports(free_port(), free_port(), None, {METRICS: "99999"})


def test_our_own_choice_keeps_off_the_ports_that_were_given() -> None:
    given = free_port()
    assert free_port_beside(given) != given
