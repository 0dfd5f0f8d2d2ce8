"""The only room that touches SQLite. ``database.open_database`` alone knows the connection recipe.

SQLite comes from the ``sqlcipher3`` wheel: whole-file encryption, and a release with the WAL-reset bug repaired
(Debian 12's own 3.40 has it). sqlite-utils looks for ``pysqlite3`` as a drop-in, so the alias must stand before its
first import, which is why it is here; otherwise ``alter=True`` and ``except IntegrityError`` would meet foreign
exception classes.
"""

import sys

import sqlcipher3
import sqlcipher3.dbapi2

sys.modules["pysqlite3"] = sqlcipher3
sys.modules["pysqlite3.dbapi2"] = sqlcipher3.dbapi2

# sqlite-utils takes up numpy wherever it is installed, and the voice brings it: 30 MB in every process with a store.
if "numpy" not in sys.modules:
    sys.modules["numpy"] = None  # type: ignore[assignment]
    try:
        import sqlite_utils  # noqa: F401
    finally:
        del sys.modules["numpy"]
