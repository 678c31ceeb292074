"""Full-text search over the folded text of mentions"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# External content: the index holds no second copy of the text. Triggers keep it true in the same transaction.
SQLITE = (
    """CREATE VIRTUAL TABLE mention_search USING fts5(
        folded, content='mention', content_rowid='id', tokenize='unicode61 remove_diacritics 0')""",
    """CREATE TRIGGER mention_search_insert AFTER INSERT ON mention BEGIN
        INSERT INTO mention_search(rowid, folded) VALUES (new.id, new.folded); END""",
    """CREATE TRIGGER mention_search_delete AFTER DELETE ON mention BEGIN
        INSERT INTO mention_search(mention_search, rowid, folded) VALUES ('delete', old.id, old.folded); END""",
    """CREATE TRIGGER mention_search_update AFTER UPDATE OF folded ON mention BEGIN
        INSERT INTO mention_search(mention_search, rowid, folded) VALUES ('delete', old.id, old.folded);
        INSERT INTO mention_search(rowid, folded) VALUES (new.id, new.folded); END""",
)
POSTGRESQL = ("CREATE INDEX mention_search ON mention USING gin (to_tsvector('simple', folded))",)


def upgrade() -> None:
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}.get(op.get_bind().dialect.name, ()):
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for trigger in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER mention_search_{trigger}")
        op.execute("DROP TABLE mention_search")
    elif op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX mention_search")
