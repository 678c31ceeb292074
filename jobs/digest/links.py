"""Links from the digest back into the app: the filter is in the address, under the names that the app reads."""

from urllib.parse import urlencode

from store.filter import Filter

#: Field of the Filter -> its parameter.
_SEVERAL = {
    "brands": "brand", "sources": "source", "usable": "usable", "sentiments": "sentiment",
    "touchpoints": "touchpoint", "severe": "severe",
}  # fmt: skip


def link(app_url: str, page: str, chosen: Filter, language: str = "fa") -> str:
    """The address of a page of the app with a filter, of those fields that a digest uses."""
    query: dict[str, list[str]] = {param: list(getattr(chosen, name)) for name, param in _SEVERAL.items()}
    query["from"] = [chosen.since.isoformat()] if chosen.since else []
    query["to"] = [chosen.until.isoformat()] if chosen.until else []
    query["sure"] = [] if chosen.confident is None else [str(int(chosen.confident))]
    query["copies"] = [] if chosen.copied is None else [str(int(chosen.copied))]
    query["theme"] = [] if chosen.theme is None else [str(chosen.theme)]
    query["lang"] = ["en"] if language == "en" else []
    address, told = f"{app_url.rstrip('/')}/{page}", urlencode(query, doseq=True)
    return f"{address}?{told}" if told else address
