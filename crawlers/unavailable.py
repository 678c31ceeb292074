"""What is not crawled, and why: somebody will ask. No spider of ours goes there by another name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A place with reviews that a polite crawler cannot or must not read."""

    title: str
    why: str
    #: The day on which a person last checked it, ISO.
    checked: str = "2026-11-22"


UNAVAILABLE = (
    Unavailable(
        "Google Play", "robots.txt forbids the only address that gives reviews (Disallow: /_, /store/getreviews)"
    ),
    Unavailable(
        "App Store", "robots.txt forbids the reviews feed (Disallow: /*/rss/*), and there is no Iranian storefront"
    ),
    Unavailable("Reddit", "the open JSON was closed in May 2026, and robots.txt forbids everything"),
    Unavailable("X (Twitter)", "search and replies need a login; the terms forbid collecting"),
    Unavailable("Instagram", "profiles and comments are behind a login; for your own account use Meta's Graph API"),
    Unavailable("Google Maps", "the Places API gives five reviews a place, and its terms forbid keeping them"),
    Unavailable("Trustpilot", "robots.txt forbids everything, and a challenge guards the pages"),
    Unavailable("Myket", "its API wants the token of a device: that is pretending to be the app"),
    Unavailable("Torob, Divar, Sheypoor", "no reviews to collect; bursts are answered by a captcha"),
    Unavailable(
        "Paziresh24, Doctoreto, Nobat", "reviews of doctors tell the patient's illness: health data is never collected"
    ),
)
