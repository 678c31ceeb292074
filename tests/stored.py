"""What a store holds, for tests that look into it."""

from sqlmodel import Session, select


def rows(engine, table):
    """Every row of a table, by id."""
    with Session(engine) as session:
        return list(session.scalars(select(table).order_by(table.id)))
