"""Schema steps of the store. Append only: a released step is never edited, renamed or removed.

``app/store/migrate.py`` applies them in one process at start. Nothing here imports from ``app``: a step must do
in five years what it does today.
"""

import sys

import sqlcipher3
import sqlcipher3.dbapi2

# The same alias as in app/store/__init__.py, so that the order of imports does not matter.
sys.modules.setdefault("pysqlite3", sqlcipher3)
sys.modules.setdefault("pysqlite3.dbapi2", sqlcipher3.dbapi2)

# One module for each part of the product, in the order in which their steps are applied.
from migrations import steps  # noqa: E402, F401, I001
from migrations import people  # noqa: E402, F401
from migrations import retention  # noqa: E402, F401
from migrations import search  # noqa: E402, F401
from migrations import fallback  # noqa: E402, F401
from migrations import numbers  # noqa: E402, F401
from migrations import visual  # noqa: E402, F401
from migrations import board  # noqa: E402, F401
from migrations import search_seen  # noqa: E402, F401
from migrations import visual_proofs  # noqa: E402, F401
from migrations import kiosks  # noqa: E402, F401
from migrations import desk_codes  # noqa: E402, F401
