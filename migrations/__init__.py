"""Store migrations: append only; released steps are never edited; each step imports nothing from ``app``."""
