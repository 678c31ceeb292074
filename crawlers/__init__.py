"""COLLECT: the only Scrapy. May import domain and store.writes (and store.database, to open the store)."""
