"""Every page, in light and in dark, on a desk and on a narrow phone: accessible, and within the policy."""

import pytest

from tests.browser.pages import Pages, prove_it, violations
from tests.browser.people import ADA, BRIAN, IDA, MAEVE, PIA
from tests.browser.site import NEWSLETTER

PAGES = {
    "welcome": "{base}/welcome/",
    "accounts": "{base}/settings/accounts/",
    "link": "{base}/settings/accounts/link/",
    "not found": "{base}/a/nowhere/",
    "home": "{account}/",
    "check": "{account}/check/",
    "card": "{account}/check/?q={maeve}",
    "card of somebody who opted out": "{account}/check/?q={brian}",
    "contacts": "{account}/contacts/",
    "new contact": "{account}/contacts/new/",
    "a sign-up": "{account}/contacts/sign-up/",
    "no resubscribe mail": "{account}/contacts/{ida}/resubscribe/",
    "contact": "{account}/contacts/{ida}/",
    "lists of a contact": "{account}/contacts/{ida}/lists/",
    "lists of a deleted contact": "{account}/contacts/{pia}/lists/",
    "history": "{account}/contacts/{ida}/history/",
    "raw": "{account}/contacts/{ida}/raw/",
    "reactivate": "{account}/contacts/{pia}/reactivate/",
    "change": "{account}/changes/{change}/",
    "deleted": "{account}/deleted/",
    "deleted in a window": "{account}/deleted/?days=all&from=2026-11-17&to=2026-11-17",
    "a window with nobody in it": "{account}/deleted/?from=2026-11-01&to=nonsense",
    "spikes": "{account}/deleted/?tab=spikes",
    "spike": "{account}/deleted/spikes/{spike}/",
    "changed outside": "{account}/outside/",
    "lists": "{account}/lists/",
    "list": f"{{account}}/lists/{NEWSLETTER}/",
    "former members": f"{{account}}/lists/{NEWSLETTER}/?tab=former",
    "who cannot be mailed": f"{{account}}/lists/{NEWSLETTER}/?tab=cannot",
    "note on a list": f"{{account}}/lists/{NEWSLETTER}/?tab=notes",
    "new list": "{account}/lists/new/",
    "change a list": f"{{account}}/lists/{NEWSLETTER}/edit/",
    "jobs": "{account}/jobs/",
    "whom a job is for": "{account}/jobs/new/add_lists/",
    "plan": "{account}/jobs/{planned}/",
    "people of a plan": "{account}/jobs/{planned}/people/",
    "running job": "{account}/jobs/{running}/",
    "tried job": "{account}/jobs/{tried}/",
    "report": "{account}/jobs/{done}/?verdict=done",
    "entry of the history": "{account}/audit/{entry}/",
    "audit": "{account}/audit/",
    "audit, filtered": "{account}/audit/?q=action:reactivate",
    "a filter that nothing fits": "{account}/audit/?q=action:unlink+job:7",
    "a filter that is not understood": "{account}/audit/?q=nonsense",
    "verify": "{account}/audit/verify/",
    "reports": "{account}/reports/",
    "reports of a day": "{account}/reports/?on=2026-11-16&days=all&scale=log&lists=all",
    "sync": "{account}/sync/",
    "requests": "{account}/sync/requests/",
    "settings": "{account}/settings/",
    "linked": "{account}/settings/linked/",
    "unlink": "{account}/settings/unlink/",
    "alerts": "{account}/settings/alerts/",
    "past alerts": "{account}/settings/alerts/?show=past",
    "people of the account": "{account}/settings/people/",
    "invite somebody": "{account}/settings/people/invite/",
    "person": "{account}/settings/people/{person}/",
    "check a file": "{account}/check/file/",
    "file": "{account}/files/{file}/",
    "rows of a verdict": "{account}/files/{file}/?verdict=opted_out",
    "file that asks": "{account}/files/{asks}/",
    "file being read": "{account}/files/{reading}/",
    "refused file": "{account}/files/{refused}/",
    "import": "{account}/check/file/{file}/import/",
    "plan of an import": "{account}/jobs/{import}/",
    "rows of an import": "{account}/jobs/{import}/people/",
    "unsubscribe": "{account}/contacts/{ida}/unsubscribe/",
    "delete": "{account}/contacts/{ida}/delete/",
    "export": "{account}/contacts/export/",
    "export of Constant Contact": "{account}/contacts/export/constant-contact/",
    "old exports": "{account}/settings/seed/",
    "old export that asks": "{account}/settings/seed/{seed_asks}/",
    "old export, compared": "{account}/settings/seed/{seed_looked}/",
    "old export, learned": "{account}/settings/seed/{seed_learned}/",
    "V2 ids": "{account}/v2/",
    "V2 ids not asked for": "{account}/v2/{v2_open}/",
    "V2 ids with answers": "{account}/v2/{v2_answered}/",
    "privacy": "{account}/settings/privacy/",
    "privacy pack": "{account}/contacts/{ida}/privacy/",
    "erase": "{account}/contacts/{ida}/erase/",
    "shut out": "{base}/accounts/inactive/",
    "a link that has run out": "{base}/accounts/password/reset/key/1-nothing/",
    "is it still you": "{base}/accounts/reauthenticate/",
    "sign in": "{base}/accounts/login/",
}
WIDTH = "document.documentElement.scrollWidth"
LIVE = ("card", "card of somebody who opted out", "contact")
DESK, PHONES = {"width": 1280, "height": 900}, ({"width": 390, "height": 844}, {"width": 320, "height": 640})


class Looks:
    """What was seen of each page: it is opened once, looked at in both themes, and then made narrow."""

    def __init__(self, pages, site):
        self._pages, self._site = pages, site
        self._page = pages(ADA, reduced_motion="reduce")
        self._seen = {}

    def __getitem__(self, name):
        if name not in self._seen:
            self._seen[name] = self._look(name)
        return self._seen[name]

    def _look(self, name):
        page = self._pages() if name == "sign in" else self._page
        page.set_viewport_size(DESK)
        page.goto(self._address(name))
        if name == "verify":
            page.get_by_role("button", name="Verify the chain").click()
            page.get_by_text("Last hash").wait_for()
        if name != "is it still you":
            prove_it(page)
        if name in LIVE:
            page.get_by_text("Checked live").wait_for()
        seen = {}
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            seen[theme] = violations(page)
        too_wide = []
        for phone in PHONES:
            page.set_viewport_size(phone)
            too_wide += [phone["width"]] if page.evaluate(f"{WIDTH} > innerWidth") else []
        return seen | {"too wide": too_wide, "faults": self._pages.take_faults()}

    def _address(self, name):
        ids = {who.partition(".")[0]: self._site.ids[who] for who in (MAEVE, BRIAN, IDA, PIA)}
        ids |= {"change": self._site.change, "entry": self._site.entry, "spike": self._site.spike}
        ids |= {"person": self._site.person}
        ids |= self._site.jobs | self._site.papers
        return PAGES[name].format(base=self._site.base, account=self._site.account, **ids)


@pytest.fixture(scope="module")
def looks(browser, signed_in, site):
    pages = Pages(browser, signed_in)
    yield Looks(pages, site)
    pages.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible(looks, name, theme):
    assert looks[name][theme] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_does_not_scroll_sideways_on_a_phone(looks, name):
    assert looks[name]["too wide"] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_keeps_to_the_policy_and_its_scripts_run(looks, name):
    assert looks[name]["faults"] == []
