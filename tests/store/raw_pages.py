"""Every byte that lies in an encrypted database and its log, decrypted page by page without SQLite.

SQLite shows live rows only; what a purge leaves behind would stand in free pages, in the slack of pages and in old
versions inside the write-ahead log. So this reads the file format itself. Source: SQLCipher 4 design (AES-256-CBC,
4,096-byte pages that end in a 16-byte IV and a 64-byte HMAC; the first 16 bytes of page 1 are the salt); SQLite's
WAL format (32-byte header, 24 bytes before each page).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAGE = 4096
RESERVED = 80
SALT = 16
LOG_HEADER, FRAME_HEADER = 32, 24


def plain_pages(path: Path, key: bytes) -> Iterator[bytes]:
    """Yield the content of every page of a database file and of its ``-wal``, free and superseded ones too."""
    content = path.read_bytes()
    for start in range(0, len(content), PAGE):
        yield _decrypt(content[start : start + PAGE], key, is_first=start == 0)
    log = path.with_name(f"{path.name}-wal")
    frames = log.read_bytes()[LOG_HEADER:] if log.exists() else b""
    for start in range(0, len(frames), FRAME_HEADER + PAGE):
        frame = frames[start : start + FRAME_HEADER + PAGE]
        if len(frame) == FRAME_HEADER + PAGE:
            yield _decrypt(frame[FRAME_HEADER:], key, is_first=frame[:4] == bytes([0, 0, 0, 1]))


def count_traces(path: Path, key: bytes, words: list[str]) -> int:
    """Count how often any of ``words`` stands in any page, in the encodings that SQLite and FTS can write."""
    forms = {word.encode(code) for word in words for code in ("utf-8", "utf-16-le", "utf-16-be")}
    return sum(page.count(form) for page in plain_pages(path, key) for form in forms)


def _decrypt(page: bytes, key: bytes, *, is_first: bool) -> bytes:
    start = SALT if is_first else 0
    vector = page[PAGE - RESERVED : PAGE - RESERVED + 16]
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    return decryptor.update(page[start : PAGE - RESERVED]) + decryptor.finalize()
