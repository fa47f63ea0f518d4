"""The whole way without a mouse."""

from browser import wait_for_rows, wait_until_drawn_anew, wait_until_live
from harness import equal, test, until

ACTIVE = "document.querySelector('.grid-rows .active')?.getAttribute('aria-rowindex')"
FOCUS = "document.activeElement?.getAttribute('role') ?? document.activeElement?.localName"


@test("orders are found, selected, opened and left with keys alone, and the focus comes back")
def grid_keys(console, browser):
    console.order(950001)
    page = browser.open("/")
    page.get_by_role("heading", name="Overview").wait_for()
    page.keyboard.press("g")
    page.keyboard.press("o")
    wait_for_rows(page)
    until(lambda: page.evaluate(FOCUS) == "grid", "the focus in the grid")
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    until(lambda: page.evaluate(ACTIVE) == "4", "the third row")
    equal(page.locator("[role=grid]").get_attribute("aria-activedescendant"), page.locator(".grid-rows .active").get_attribute("id"), "the active descendant")
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.get_by_text("3 selected").wait_for()
    equal(page.locator(".grid-rows [aria-selected=true]").count(), 3, "selected rows")
    page.keyboard.press("Control+a")
    page.get_by_text("matching selected").wait_for()
    page.keyboard.press("Escape")
    until(lambda: page.locator(".grid-rows [aria-selected=true]").count() == 0, "nothing selected")
    page.keyboard.press("/")
    page.keyboard.type("950001")
    until(lambda: page.locator(".range").inner_text().endswith("of 1"), "the one order")
    page.locator("[role=grid]").focus()
    page.keyboard.press("Enter")
    page.locator("dialog.drawer").get_by_text("#950001").first.wait_for()
    page.keyboard.press("e")
    page.get_by_role("dialog", name="Edit").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog", name="Edit").wait_for(state="detached")
    page.keyboard.press("Escape")
    page.locator("dialog.drawer").wait_for(state="detached")
    until(lambda: page.evaluate(FOCUS) == "grid", "the focus back in the grid")


@test("the drawer goes to the next order and back")
def drawer_keys(console, browser):
    page = browser.open("/orders?orderStatus=BOOKED")
    wait_for_rows(page)
    page.keyboard.press("o")
    title = page.locator("dialog.drawer h2").first
    title.wait_for()
    first = title.inner_text()
    page.keyboard.press("j")
    until(lambda: title.inner_text() != first, "the next order")
    page.keyboard.press("k")
    until(lambda: title.inner_text() == first, "the order before")


@test("the palette finds pages and orders, and the help lists every key")
def palette(console, browser):
    identity = console.order(950002)
    page = browser.open("/")
    page.get_by_role("heading", name="Overview").wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.locator("dialog.palette input").wait_for()
    page.keyboard.type("queues")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Queues").wait_for()
    page.keyboard.press("Control+k")
    page.locator("dialog.palette input").wait_for()
    page.keyboard.type("950002")
    page.get_by_role("option", name="#950002").wait_for()
    page.get_by_role("option", name="#950002").click()
    until(lambda: page.url.endswith(identity), "the order's page")
    # The letters of a name are in “Pause or resume live updates” too.
    page.keyboard.press("Control+k")
    page.locator("dialog.palette input").wait_for()
    page.keyboard.type("perl")
    page.keyboard.press("Enter")
    until(lambda: "/orders" in page.url and not page.url.endswith(identity), "orders of the name")
    wait_until_live(page)


@test("what is typed while the palette is on its way is its text, and no key of the page")
def palette_typed_ahead(console, browser):
    page = browser.open("/orders")
    wait_for_rows(page)
    # The code of the palette comes when the test says so.
    asked = []
    page.route("**/components/command-palette.js", lambda route: asked.append(route))
    page.keyboard.press("Control+k")
    # Routes are told while the browser is asked something.
    until(lambda: page.evaluate("true") and asked, "the palette being asked for")
    page.keyboard.type("per x e p")
    asked[0].continue_()
    page.locator("dialog.palette input").wait_for()
    equal(page.locator("dialog.palette input").input_value(), "per x e p", "the text of the palette")
    page.keyboard.press("Escape")
    page.locator("dialog.palette").wait_for(state="detached")
    equal(page.locator("dialog").count(), 0, "dialogs")
    equal(page.locator(".grid-rows [aria-selected=true]").count(), 0, "selected rows")
    wait_until_live(page)


@test("the focus stays on what it is on while pages are drawn anew, also through a dialog")
def focus_kept(console, browser):
    page = browser.open("/queues")
    pause = page.get_by_role("button", name="Pause courier-commands")
    focused = "document.activeElement.getAttribute('aria-label')"

    pause.focus()
    wait_until_drawn_anew(pause)
    equal(page.evaluate(focused), "Pause courier-commands", "what has the focus")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    wait_until_drawn_anew(pause)
    page.keyboard.press("Escape")
    until(lambda: page.evaluate(focused) == "Pause courier-commands", "the focus back on the button")


@test("letters can be turned off, and then type nothing")
def letters_off(console, browser):
    page = browser.open("/settings")
    page.get_by_label("Single-letter keys").uncheck()
    page.keyboard.press("g")
    page.keyboard.press("o")
    # Keys are heard one after the other: when this one has opened the palette, the letters have done all they do.
    page.keyboard.press("Control+k")
    page.locator("dialog.palette input").wait_for()
    assert page.url.endswith("/settings"), page.url


@test("the skip link leads over the navigation")
def skip_link(console, browser):
    page = browser.open("/queues")
    page.get_by_role("heading", name="Queues").wait_for()
    page.keyboard.press("Tab")
    equal(page.evaluate("document.activeElement.textContent"), "Skip to the page", "the first stop")
    page.keyboard.press("Enter")
    equal(page.evaluate("document.activeElement.id"), "main", "the focus")


@test("reduced motion and forced colours leave everything usable")
def media(console, browser):
    page = browser.open("/orders", reduced_motion="reduce", forced_colors="active")
    wait_for_rows(page)
    equal(page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--motion').trim()"), "0ms", "the motion")
    page.keyboard.press("Enter")
    page.locator("dialog.drawer").wait_for()
