"""The verbs of `shenava`: each a short function that calls one job and says what came of it."""
