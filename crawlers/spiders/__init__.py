"""One file, one source. Scrapy finds every Source in this folder."""
