"""The names of sources in both languages, for people; in data a source is its key."""

#: Key -> (Persian, English). A source that is not here, such as an imported file's, is called by its key.
_TITLES: dict[str, tuple[str, str]] = {
    "aparat": ("آپارات", "Aparat"),
    "basalam": ("باسلام", "Basalam"),
    "bluesky": ("بلواسکای", "Bluesky"),
    "cafebazaar": ("کافه‌بازار", "Cafe Bazaar"),
    "digikala": ("دیجی‌کالا", "Digikala"),
    "discourse": ("انجمن‌های Discourse", "Discourse"),
    "feed": ("خوراک RSS و Atom", "RSS and Atom"),
    "isso": ("دیدگاه‌های Isso", "Isso comments"),
    "jabama": ("جاباما", "Jabama"),
    "khanoumi": ("خانومی", "Khanoumi"),
    "mastodon": ("ماستودون", "Mastodon"),
    "ninisite": ("نی‌نی‌سایت", "NiniSite"),
    "nodebb": ("انجمن‌های NodeBB", "NodeBB"),
    "schemaorg": ("نظرهای نشانه‌گذاری‌شده (schema.org)", "schema.org reviews"),
    "snappfood": ("اسنپ‌فود", "SnappFood"),
    "tapsifood": ("تپسی‌فود", "Tapsi Food"),
    "technolife": ("تکنولایف", "Technolife"),
    "telegram": ("تلگرام", "Telegram"),
    "virgool": ("ویرگول", "Virgool"),
    "woocommerce": ("ووکامرس", "WooCommerce"),
    "wordpress": ("وردپرس", "WordPress"),
    "wordpress_posts": ("نوشته‌های وردپرس", "WordPress posts"),
    "youtube": ("یوتیوب", "YouTube"),
    "zoomit": ("زومیت", "Zoomit"),
}


def title_of_source(key: str, language: str) -> str:
    """What people call a source; its key if it has no name."""
    persian, english = _TITLES.get(key, (key, key))
    return persian if language == "fa" else english
