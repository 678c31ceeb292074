"""WORK: what the clock runs; the only place that joins the parts."""
