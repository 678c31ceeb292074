"""Themes that stay and can be edited, copies, severe experiences, and complaints that are followed"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, server_default="")


def upgrade() -> None:
    op.add_column("mention", sa.Column("copy_of", sa.Integer(), nullable=True))
    op.add_column("mention", sa.Column("touched", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_mention_touched", "mention", ["touched"])
    unsketched = sa.text("copy_of IS NULL")
    op.create_index("ix_mention_unsketched", "mention", ["id"], sqlite_where=unsketched, postgresql_where=unsketched)
    op.create_table(
        "sketch",
        sa.Column("band", sa.BigInteger(), primary_key=True),
        sa.Column("mention_id", sa.Integer(), primary_key=True),
    )
    op.create_index("ix_sketch_mention_id", "sketch", ["mention_id"])
    op.add_column("theme", _text("title"))
    op.add_column("theme", sa.Column("size", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("theme", sa.Column("named_at", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("theme", sa.Column("locked", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("theme") as batch:
        batch.add_column(sa.Column("merged_into", sa.Integer(), nullable=True))
        batch.create_foreign_key("fk_theme_merged_into", "theme", ["merged_into"], ["id"])
    op.create_table(
        "anchor",
        sa.Column("theme_id", sa.Integer(), sa.ForeignKey("theme.id"), primary_key=True),
        sa.Column("mention_id", sa.Integer(), primary_key=True),
        sa.Column("start", sa.Integer(), primary_key=True),
        sa.Column("end", sa.Integer(), nullable=False),
    )
    op.create_table(
        "theme_edit",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("theme_id", sa.Integer(), sa.ForeignKey("theme.id"), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_theme_edit_theme_id", "theme_edit", ["theme_id"])
    op.add_column("experience", _text("place"))
    op.add_column("experience", _text("severe"))
    op.create_index("ix_prediction_awaiting", "prediction", ["needs_response", "usable", "mention_id"])
    op.drop_index("ix_experience_theme_id", "experience")
    op.create_index("ix_experience_theme", "experience", ["theme_id", "place", "closeness"])
    op.create_index("ix_experience_place", "experience", ["place", "sentiment", "touchpoint", "id"])
    op.create_table(
        "complaint",
        sa.Column("mention_id", sa.Integer(), sa.ForeignKey("mention.id"), primary_key=True),
        sa.Column("status", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("owner", "cause", "action")),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_table(
        "complaint_step",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("mention_id", sa.Integer(), sa.ForeignKey("mention.id"), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("status", "owner", "note", "made_by")),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_complaint_step_mention_id", "complaint_step", ["mention_id"])


def downgrade() -> None:
    for table in ("complaint_step", "complaint", "theme_edit", "anchor", "sketch"):
        op.drop_table(table)
    op.drop_index("ix_prediction_awaiting", "prediction")
    op.drop_index("ix_experience_place", "experience")
    op.drop_index("ix_experience_theme", "experience")
    op.create_index("ix_experience_theme_id", "experience", ["theme_id"])
    for name in ("place", "severe"):
        op.drop_column("experience", name)
    with op.batch_alter_table("theme") as batch:
        batch.drop_constraint("fk_theme_merged_into", type_="foreignkey")
        for name in ("title", "size", "named_at", "locked", "merged_into"):
            batch.drop_column(name)
    for name in ("ix_mention_unsketched", "ix_mention_touched"):
        op.drop_index(name, "mention")
    for name in ("copy_of", "touched"):
        op.drop_column("mention", name)
