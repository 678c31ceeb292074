"""The NodeBB source against a real NodeBB 1.4 on loopback, which nobody here wrote.

SHENAVA_SERVERS names the folder of the server scripts; nodebb/start.sh in it writes 45 topics of 8 posts, beside the
one that NodeBB itself brings.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from real_server import free_port, stop

TOPICS, POSTS = 46, 361
SCRIPT = Path(os.environ.get("SHENAVA_SERVERS", "")) / "nodebb" / "start.sh"
MISSING = [name for name in ("npm", "node", "redis-server", "redis-cli") if not shutil.which(name)]

pytestmark = [
    pytest.mark.skipif("SHENAVA_SERVERS" not in os.environ, reason="SHENAVA_SERVERS is not set: no real NodeBB"),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}; no real NodeBB"),
]

#: What happens in the forum between two crawls, through NodeBB's own modules: topic 5 grows by 30 posts over its first
#: page, one of its posts (33) is edited, one (32) deleted; in topic 6 somebody quotes.
LIFE = """
const nconf = require('nconf'), load = name => require('./src/' + name)
nconf.env().file({ file: __dirname + '/config.json' })
nconf.defaults({ base_dir: __dirname, themes_path: __dirname + '/node_modules', version: '1.4.0',
                 views_dir: __dirname + '/public/templates' })
const call = (what, name, ...rest) => new Promise((yes, no) => what[name](...rest, (e, one) => e ? no(e) : yes(one)))
load('database').init(async () => {
  const topics = load('topics'), posts = load('posts'), meta = load('meta')
  await call(meta.configs, 'init')
  load('plugins').init(null, null, async () => {
    for (const delay of ['newbiePostDelay', 'postDelay', 'initialPostDelay']) meta.config[delay] = 0
    const reply = (tid, content, toPid) => call(topics, 'reply', { uid: 2, tid, content, toPid })
    for (let n = 0; n < 30; n++) await reply(5, 'پیک این بار هم دیر رسید ' + n)
    await call(posts, 'edit', { pid: 33, uid: 1, content: 'اصلاح: پولم را برگرداندند', req: { ip: '127.0.0.1' } })
    await call(posts.tools, 'delete', 1, 32)
    await reply(6, '@ali said:\\n> حرف یک نفر دیگر\\n\\nموافق نیستم، خیلی خوب بود', 36)
    process.exit(0)
  })
})
"""


class NodeBB:
    """A running NodeBB: its address, its folder, the port of its Redis."""

    def __init__(self, folder, port, redis):
        self.url, self.package, self.redis = f"http://127.0.0.1:{port}", folder / "package", redis

    def live(self):
        (self.package / "life.js").write_text(LIFE)
        subprocess.run(["node", "life.js"], cwd=self.package, check=True, timeout=60, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def nodebb(tmp_path_factory):
    folder, port, redis = tmp_path_factory.mktemp("nodebb"), free_port(), free_port()
    start = ["bash", SCRIPT, folder, str(port), str(redis)]
    try:
        # What it starts stays behind it, and would hold a pipe open.
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(start, check=True, timeout=400, env={**os.environ, "TOPICS": "45", "REPLIES": "7"}, **quiet)
        yield NodeBB(folder, port, redis)
    finally:
        stop(folder / "node.pid", folder / "redis.pid")


def test_every_post_once_then_only_what_changed(nodebb, listener):
    first = listener.crawl("nodebb", nodebb.url)
    posts = listener.stored()
    assert first.new == len(posts) == POSTS
    assert [row.kind for row in posts.values()].count("post") == TOPICS
    assert all(row.title and row.author and row.date_precision == "second" for row in posts.values())
    assert all(row.parent.partition("#")[2] in posts for row in posts.values() if row.kind == "comment")
    assert not [name for name in ("sara", "reza") for row in posts.values() if name in row.text + row.author + row.url]

    second = listener.crawl("nodebb", nodebb.url)
    assert (second.new, second.counts["pages"]) == (0, 1)

    nodebb.live()
    third = listener.crawl("nodebb", nodebb.url)
    assert third.new == 31
    assert third.counts["mentions/edited"] == 1
    assert third.counts["pages"] < 6
    posts = listener.stored()
    assert posts["33"].text == "اصلاح: پولم را برگرداندند"
    assert (posts["32"].text, bool(posts["32"].deleted_at)) == ("", True)
    [answer] = [row for row in posts.values() if "موافق نیستم" in row.text]
    assert (answer.text, answer.parent.partition("#")[2]) == ("موافق نیستم، خیلی خوب بود", "36")


@pytest.mark.parametrize(("path", "kinds"), [("/category/1/announcements", {"post", "comment"}), ("/topic/45/x/3", 8)])
def test_a_category_or_a_topic_alone(nodebb, listener, path, kinds):
    first = listener.crawl("nodebb", nodebb.url + path)
    assert listener.crawl("nodebb", nodebb.url + path).new == 0
    if isinstance(kinds, int):
        assert first.new == kinds
    else:
        assert {row.kind for row in listener.stored().values()} == kinds
        assert 100 < first.new < POSTS


def test_topics_that_fell_out_of_the_recent_ones_are_found_through_their_categories(nodebb, listener):
    """NodeBB shows the 200 latest topics as recent; here the 30 oldest are struck from them."""
    strike = ["redis-cli", "-p", str(nodebb.redis), "zremrangebyrank", "topics:recent", "0", "29"]
    subprocess.run(strike, check=True, timeout=10, stdout=subprocess.DEVNULL)
    first = listener.crawl("nodebb", nodebb.url)
    assert len({row.title for row in listener.stored().values()}) == TOPICS
    assert first.new >= POSTS - 1  # one may be deleted by now
    assert first.counts["pages"] < TOPICS + 12  # no topic was read twice for it
    assert listener.crawl("nodebb", nodebb.url).new == 0
