"""Pages of a browser, and what goes wrong on them."""

from axe_playwright_python.sync_playwright import Axe

SECONDS = 20
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# axe leaves the size of targets out unless it is asked for.
RULES = {
    "runOnly": {"type": "tag", "values": WCAG},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}


class Pages:
    """Opens pages as somebody, and keeps what went wrong on them: what the policy stopped, faults of a script."""

    def __init__(self, browser, signed_in=None):
        self._browser, self._signed_in = browser, signed_in
        self._contexts, self._faults = [], []

    def __call__(self, email=None, **options):
        state = self._signed_in(email) if email else None
        self._contexts.append(self._browser.new_context(storage_state=state, **options))
        page = self._contexts[-1].new_page()
        page.set_default_timeout(SECONDS * 1000)
        page.on("pageerror", lambda error: self._faults.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._note(message.text, "Security Policy"))
        page.on("request", lambda request: self._note(request.url, "/csp-report/"))
        return page

    def take_faults(self):
        """What went wrong since this was asked last."""
        taken, self._faults = self._faults, []
        return taken

    def close(self):
        for context in self._contexts:
            context.close()

    def _note(self, text, word):
        if word in text:
            self._faults.append(text)


def sign_in(page, base, email, password):
    page.goto(f"{base}/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{base}/a/**")


def prove_it(page, password="correct horse"):
    """Answer the question who it is, where the page asks; it leads back to where one wanted to go."""
    if "/reauthenticate/" in page.url:
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Go on").click()


def violations(page):
    """What axe finds on the page as it is now (WCAG 2.2 AA)."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]
