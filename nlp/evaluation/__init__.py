"""From a checkpoint and the test sets to metrics and a card."""
