"""The only room that touches SQLite. ``database.open_database`` alone knows the connection recipe."""
