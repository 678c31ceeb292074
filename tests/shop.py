"""A shop with the Store API of WooCommerce 9.4 on a loopback site (answers as seen 2026-11-22)."""

import json
import time
from dataclasses import dataclass, field

from loopback import Site

ROUTE = "/wp-json/wc/store/v1/products/reviews"


@dataclass
class Shop:
    """Reviews by id; the newest have the highest ids."""

    site: Site
    reviews: dict[int, dict] = field(default_factory=dict)
    #: Seconds that each page takes.
    slow: float = 0.0

    def __post_init__(self):
        self.site.routes[ROUTE] = self._page

    def add(self, first, last, words="پیک دیر رسید"):
        """Reviews with these ids, inclusive."""
        for number in range(first, last + 1):
            self.reviews[number] = {
                "id": number, "date_created_gmt": f"2026-{1 + number // 28 % 12:02}-{1 + number % 28:02}T08:00:00",
                "product_id": number % 5, "product_name": f"کالای {number % 5}", "rating": 1 + number % 5,
                "product_permalink": f"{self.site.url}/product/{number % 5}/", "reviewer": f"خریدار {number % 50}",
                "review": f"<p>{words}، نظر {number}</p>", "verified": True,
                "reviewer_avatar_urls": {"24": f"https://a.example/avatar/{number % 50:032x}?s=24"},
            }  # fmt: skip

    def _page(self, query):
        time.sleep(self.slow)
        size, page = int(query["per_page"]), int(query["page"])
        ids = sorted(self.reviews, reverse=True)
        rows = [self.reviews[number] for number in ids[(page - 1) * size : page * size]]
        total = {"X-WP-Total": str(len(ids)), "X-WP-TotalPages": str(-(-len(ids) // size))}
        return 200, {"Content-Type": "application/json", **total}, json.dumps(rows).encode()
