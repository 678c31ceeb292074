"""Copies of a text and the newest reading of a model are found without reading every row"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_mention_copies", "mention", ["copy_of", "id"])
    op.create_index("ix_prediction_read", "prediction", ["model", "predicted_at"])
    op.drop_index("ix_prediction_model", "prediction")


def downgrade() -> None:
    op.create_index("ix_prediction_model", "prediction", ["model"])
    op.drop_index("ix_prediction_read", "prediction")
    op.drop_index("ix_mention_copies", "mention")
