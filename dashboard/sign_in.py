"""The pages before the app: sign in, sign out, no accounts yet. Plain HTML, no scripts, nothing of the store."""

import html
from collections.abc import Sequence
from urllib.parse import urlencode

from dashboard import theme
from dashboard.words import say

#: Nothing may run here, nobody may frame it, and the form goes nowhere else.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; font-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    # Not "no-referrer": with that, browsers hide the origin of the form, which we check.
    "Referrer-Policy": "same-origin",
}


def form(
    base: str, language: str, after: str, *, error: str = "", name: str = "", elsewhere: Sequence[str] = (),
    local: bool = True,
) -> str:  # fmt: skip
    """The form to sign in; `after` is where to go then, `elsewhere` the providers of OIDC."""
    said = f'<p class="sh-door-error" role="alert">{html.escape(error)}</p>' if error else ""
    ways = "".join(_provider(base, language, provider) for provider in elsewhere)
    fields = _fields(base, language, after, name) if local else ""
    split = f'<p class="sh-door-or"><span>{say(language, "or")}</span></p>' if ways and fields else ""
    return _page(base, language, "sign in", said + fields + split + ways, f"signin?{urlencode({'next': after})}")


def leave(base: str, language: str) -> str:
    """Ask before signing out: a link from elsewhere must not do it."""
    return _page(base, language, "sign out", _leaving(base, language), "signout?")


def closed(base: str, language: str) -> str:
    """Other computers can reach the app, and nobody has an account: what to type."""
    text = html.escape(say(language, "no accounts long"))
    command = "<pre>shenava user add NAME --role admin</pre>"
    return _page(base, language, "no accounts", f"<p>{text}</p>{command}", "signin?")


def _fields(base: str, language: str, after: str, name: str) -> str:
    return (
        f'<form method="post" action="{html.escape(base)}/signin?lang={language}">'
        f'<input type="hidden" name="next" value="{html.escape(after)}">'
        f'<label for="name">{say(language, "user name")}</label>'
        f'<input id="name" name="name" value="{html.escape(name)}" dir="auto" maxlength="80" required'
        f' autocomplete="username" autocapitalize="none" spellcheck="false"{"" if name else " autofocus"}>'
        f'<label for="password">{say(language, "password")}</label>'
        f'<input id="password" name="password" type="password" dir="ltr" maxlength="1024" required'
        f' autocomplete="current-password"{" autofocus" if name else ""}>'
        f'<button type="submit">{say(language, "sign in do")}</button></form>'
    )


def _provider(base: str, language: str, provider: str) -> str:
    title = say(language, "sign in elsewhere")
    if provider != "default":
        title = f"{title} (<bdi>{html.escape(provider)}</bdi>)"
    address = html.escape(f"{base}/signin/elsewhere?{urlencode({'provider': provider})}")
    return f'<a class="sh-door-way" href="{address}">{title}</a>'


def _leaving(base: str, language: str) -> str:
    return (
        f'<form method="post" action="{html.escape(base)}/signout?lang={language}">'
        f'<button type="submit">{say(language, "sign out")}</button></form>'
        f'<a class="sh-door-way" href="{html.escape(base)}/?lang={language}">{say(language, "stay")}</a>'
    )


def _page(base: str, language: str, title: str, body: str, here: str) -> str:
    direction, other = ("rtl", "en") if language == "fa" else ("ltr", "fa")
    heading, at = html.escape(say(language, title)), html.escape(base)
    return f"""<!DOCTYPE html>
<html lang="{language}" dir="{direction}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>{heading} · {say(language, "shenava")}</title><link rel="icon" href="{at}/signin/favicon.png">
<style>@font-face {{ font-family: Vazirmatn; src: url("{at}/signin/vazirmatn.woff2"); font-weight: 100 900; }}
{theme.style()}</style></head>
<body class="sh-door"><main><header><img src="{at}/signin/favicon.png" alt="" width="36" height="36">
<b>{say(language, "shenava")}</b>
<a lang="{other}" href="{at}/{html.escape(f"{here}&lang={other}")}">{say(language, "other language")}</a></header>
<h1>{heading}</h1>{body}</main></body></html>"""
