"""What must hold on every page without a picture: nothing cut or outside the window, contrast AA, names, keyboard."""

from pathlib import Path

from test_browser import Visit

_SCRIPT = Path(__file__).with_name("structure.js")
#: What a person operates must say its name to a screen reader.
_OPERATED = frozenset(
    {"textbox", "searchbox", "combobox", "checkbox", "radio", "switch", "slider", "spinbutton", "button", "link", "tab"}
)


def complaints(visit: Visit) -> list[str]:
    """All that is wrong with the page as it stands now."""
    return [*visit.page.evaluate(_SCRIPT.read_text("utf-8")), *_nameless(visit)]


def _nameless(visit: Visit) -> list[str]:
    # The browser's own tree for screen readers: names by label, aria, title and content, as it computes them.
    session = visit.page.context.new_cdp_session(visit.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    found = []
    for node in nodes:
        role = node.get("role", {}).get("value")
        if not node.get("ignored") and role in _OPERATED and not node.get("name", {}).get("value", "").strip():
            found.append(f"no name: {role} {node.get('backendDOMNodeId')}")
    return found


def tabbed(visit: Visit, times: int) -> list[str]:
    """What the Tab key leads to first, from the top of the page: names, or "" for what cannot be seen."""
    visit.page.evaluate("document.activeElement?.blur()")
    reached = []
    for _ in range(times):
        visit.page.keyboard.press("Tab")
        reached.append(
            visit.page.evaluate(
                "(e => e.checkVisibility() && e !== document.body ? "
                "(e.ariaLabel || e.innerText || e.title || e.tagName).trim() : '')(document.activeElement)"
            )
        )
    return reached
