"""One Chromium, a context for every page that is opened, and everything that went wrong in any of them."""

import re

from console import PASSWORD
from harness import PATIENCE_SECONDS, until

WATCH = """
window.__violations = [];
document.addEventListener('securitypolicyviolation', (event) => window.__violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


class Browser:
    def __init__(self, chromium, console, pictures):
        self.chromium = chromium
        self.console = console
        self.pictures = pictures
        self.sessions = {}
        self.pages = []
        #: What pages complained of: violations of the policy, errors nobody caught.
        self.complaints = []

    @property
    def own_headers(self):
        """What the pages' requests carry."""
        return {"Accept": "application/json", "X-Requested-With": "console", "Origin": self.console.url}

    def session(self, user):
        """The cookie of a user; every user signs in once."""
        if user not in self.sessions:
            context = self.chromium.new_context(base_url=self.console.url)
            answer = context.request.post("/api/session", data={"name": user, "password": PASSWORD}, headers=self.own_headers)
            assert answer.ok, f"{user} cannot sign in: {answer.status} {answer.text()}"
            self.sessions[user] = context.storage_state()
            context.close()
        return self.sessions[user]

    def open(self, path, user="admin", theme="light", width=1440, height=900, scripts=(), **options):
        """Opens a path as a user, in a context of its own."""
        state = self.session(user) if user else None
        context = self.chromium.new_context(
            base_url=self.console.url, storage_state=state, color_scheme=theme, viewport={"width": width, "height": height}, **options
        )
        context.add_init_script(WATCH)
        for script in scripts:
            context.add_init_script(script)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_SECONDS * 1_000)
        page.on("pageerror", lambda error: self.complaints.append(f"{path}: {error}"))
        page.on("console", lambda message: self.heard(path, message))
        self.pages.append(page)
        page.goto(path)
        return page

    def heard(self, path, message):
        # Chromium says of every refused request that it failed; whether it should have is each test's business.
        if message.type == "error" and not re.match("Failed to load resource|WebSocket connection to", message.text):
            self.complaints.append(f"{path}: {message.text}")

    def collect(self, page):
        if page.is_closed():
            return
        self.complaints.extend(f"{page.url}: {text}" for text in page.evaluate("window.__violations ?? []"))

    def close_pages(self):
        for page in self.pages:
            try:
                self.collect(page)
            finally:
                page.context.close()
        self.pages = []

    def picture_of_failure(self, sentence):
        name = re.sub(r"\W+", "-", sentence.lower())[:60]
        for number, page in enumerate(self.pages):
            if not page.is_closed():
                page.screenshot(path=f"{self.pictures}/{name}-{number}.png")

    def request(self, method, path, user="admin", data=None, headers=None):
        """A request beside all pages, as the pages make it."""
        context = self.chromium.new_context(base_url=self.console.url, storage_state=self.session(user))
        try:
            answer = context.request.fetch(path, method=method, data=data, headers={**self.own_headers, **(headers or {})})
            return answer.status, (answer.json() if "json" in answer.headers.get("content-type", "") else answer.text())
        finally:
            context.close()


def rows(page):
    """What the rows of the grid say that are in the document, from top to bottom."""
    return page.evaluate("[...document.querySelectorAll('.grid-rows .grid-row:not([aria-busy])')].map((row) => row.innerText)")


def wait_for_rows(page):
    page.wait_for_selector(".grid-rows .grid-row:not([aria-busy])")


def wait_until_live(page):
    page.get_by_role("button", name="Live updates: Live").wait_for()


def wait_until_drawn(page):
    page.locator("main h1").first.wait_for(state="attached")
    until(lambda: page.locator("main [aria-busy=true]").count() == 0, f"{page.url} being drawn")


def wait_until_drawn_anew(locator, after=lambda: None):
    """Waits until what the locator finds now has been replaced; `after` is what the page is drawn anew for, if it is not the time."""
    old = locator.element_handle()
    after()
    until(lambda: not old.evaluate("(element) => element.isConnected"), "the page being drawn anew")
