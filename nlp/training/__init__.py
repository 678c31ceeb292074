"""From a recipe and the training sets to a checkpoint."""
