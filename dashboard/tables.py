"""Tables as HTML: on a narrow screen each row becomes a block whose cells say their column."""

import html
from collections.abc import Iterable, Sequence

from dashboard.words import say


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], language: str) -> str:
    """Rows under the words of some keys; cells are HTML of ours."""
    titles = [html.escape(say(language, column)) for column in columns]
    body = "".join(
        "<tr>" + "".join(f'<td data-title="{t}">{cell}</td>' for t, cell in zip(titles, row, strict=True)) + "</tr>"
        for row in rows
    )
    names = "".join(f"<th>{title}</th>" for title in titles)
    return f'<div class="sh-table sh-stack"><table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>'
