"""A page as a PDF, by a headless Chromium: the same engine that shows the app, so Persian looks the same."""

import subprocess
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from domain.errors import BadInput
from jobs.atomic import replacing

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE = 90  # seconds
_FLAGS = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-pdf-header-footer", "--virtual-time-budget=5000",
)  # fmt: skip


def print_pdf(page: Path, pdf: Path) -> None:
    """Print an HTML file on A4.

    Raises:
        BadInput: there is no browser, or it could not print.
    """
    browser = next(filter(None, map(which, _BROWSERS)), None)
    if browser is None:
        raise BadInput("no Chromium to make the PDF with; install it (Debian: apt install chromium) or leave out --pdf")
    with replacing(pdf) as draft, TemporaryDirectory(prefix="shenava-pdf-", ignore_cleanup_errors=True) as profile:
        command = [browser, *_FLAGS, f"--user-data-dir={profile}", f"--print-to-pdf={draft}", page.resolve().as_uri()]
        # The page is our own and runs no script; as root, or in a container, the browser's sandbox cannot start.
        command.insert(1, "--no-sandbox")
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_PATIENCE)
        except (subprocess.SubprocessError, OSError) as error:
            raise BadInput(f"the browser did not make the PDF ({type(error).__name__}); the HTML is there") from error
        if not draft.exists() or not draft.stat().st_size:
            raise BadInput("the browser made no PDF; the HTML is there")
