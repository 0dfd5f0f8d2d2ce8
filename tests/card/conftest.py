"""Fixtures of the card tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.card.client import CardClient
from app.eligibility.ports import DeskState
from tests.card.bench import WAIT_S, Bench
from tests.card.door import Door, until


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.desk.stop()


@pytest.fixture
def path() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="door-"))
    yield folder / "run" / "card.sock"
    shutil.rmtree(folder)


@pytest.fixture
def door(path: Path) -> Iterator[Door]:
    door = Door(path)
    yield door
    door.close()


@pytest.fixture
def client(door: Door) -> Iterator[CardClient]:
    client = CardClient(door.path, WAIT_S)
    client.start()
    until(client, lambda status: status.state is not DeskState.DOWN)
    yield client
    client.close()
