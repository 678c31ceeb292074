"""REMEMBER: the only SQL. May import domain."""
