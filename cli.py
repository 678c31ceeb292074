"""DOOR 2: `shenava <verb>`. Each verb calls one job, and says what came of it.

Exit codes: 0 done · 1 something to act on, said in one line · 2 wrong usage · 3 a crawl ended badly ·
4 another shenava is doing this work · 130 stopped by Ctrl-C (what was done is kept).
"""

from verbs import digest, files, listening, looking, models, people, queue, themes, understanding
from verbs.frame import app

__all__ = ["app", "digest", "files", "listening", "looking", "models", "people", "queue", "themes", "understanding"]

if __name__ == "__main__":
    app()
