"""What a target searches for, which term found a mention, and when its source deleted it"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("target", sa.Column("query", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("mention", sa.Column("found_by", sa.String(), nullable=False, server_default=""))
    op.add_column("mention", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("mention", "deleted_at")
    op.drop_column("mention", "found_by")
    op.drop_column("target", "query")
