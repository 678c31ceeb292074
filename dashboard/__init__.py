"""SHOW: the pages. A page chooses, counts, shows; every number comes from store.queries."""
