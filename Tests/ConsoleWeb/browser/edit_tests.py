"""Editing: alone, against somebody else, and without being allowed to."""

from browser import rows, wait_until_live
from harness import equal, test, until


def override(browser, identity, version, status, user="operator"):
    """An edit by somebody else, straight through the API."""
    answer = browser.request("PATCH", f"/api/orders/{identity}", user=user, data={"set": {"status": status}}, headers={"If-Match": f'"{version}"'})
    assert answer[0] in (200, 202), answer


def version_of(console, ref_id):
    return int(console.sql(f"SELECT version FROM orders WHERE ref_id = '{ref_id}'"))


@test("an edit is saved, audited and seen by everybody at once")
def edit(console, browser):
    identity = console.order(930001)
    watcher = browser.open("/orders?q=930001", user="viewer")
    until(lambda: len(rows(watcher)) == 1, "the order for the watcher")
    wait_until_live(watcher)
    page = browser.open(f"/orders/{identity}")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Status").select_option("DELIVERED")
    page.get_by_label("Note").fill("Brought by hand <b>now</b>")
    page.get_by_label("Reason").fill("The customer called")
    page.keyboard.press("Control+Enter")
    page.get_by_text("is saved as version 2").wait_for()
    until(lambda: "Delivered" in rows(watcher)[0], "the edit at the watcher")
    page.locator("dd", has_text="Brought by hand <b>now</b>").wait_for()
    equal(page.locator("main dd b").count(), 0, "elements made from a note")
    page.goto(f"/audit?target=order:{identity}")
    page.get_by_text("The customer called").wait_for()


@test("two browsers edit one order: the second decides field by field, and nothing is lost")
def conflict(console, browser):
    identity = console.order(930002)
    first, second = browser.open(f"/orders/{identity}", user="operator"), browser.open(f"/orders/{identity}")
    for page in (first, second):
        page.get_by_role("button", name="Edit").click()
        page.get_by_label("Status").wait_for()
    second.get_by_label("Status").select_option("SHIPPED")
    second.get_by_label("Note").fill("mine")
    first.get_by_label("Status").select_option("DELIVERED")
    first.get_by_label("Courier", exact=True).fill("dhl")
    first.get_by_role("button", name="Save", exact=True).click()
    first.get_by_text("is saved as version 2").wait_for()
    second.get_by_text("Changed to version 2 while you edit.").wait_for()
    second.get_by_role("button", name="Save", exact=True).click()
    dialog = second.get_by_role("dialog", name="Resolve conflict")
    dialog.wait_for()
    assert "1 field needs a decision" in dialog.inner_text()
    assert "operator" in dialog.inner_text(), dialog.inner_text()
    equal(dialog.locator("tr.needs th").all_inner_texts(), ["Status"], "the fields in conflict")
    dialog.get_by_label("Status: yours").check()
    dialog.get_by_role("button", name="Save merged").click()
    second.get_by_text("is merged and saved as version 3").wait_for()
    answer = browser.request("GET", f"/api/orders/{identity}")[1]
    equal([answer["operator"][name] for name in ("status", "note", "courier")], ["SHIPPED", "mine", "dhl"], "what is set")


@test("the server's side of a conflict can be kept")
def keep_theirs(console, browser):
    identity = console.order(930003)
    page = browser.open(f"/orders/{identity}")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Status").select_option("SHIPPED")
    override(browser, identity, 1, "DELIVERED")
    until(lambda: version_of(console, 930003) == 2, "the other edit")
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog", name="Resolve conflict")
    dialog.get_by_label("Status: server").check()
    dialog.get_by_role("button", name="Save merged").click()
    page.get_by_text("The server’s version is kept.").wait_for()
    equal(version_of(console, 930003), 2, "the version")


@test("a changed form is not thrown away by Esc without a question")
def guarded(console, browser):
    identity = console.order(930004)
    page = browser.open(f"/orders/{identity}")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Note").fill("not yet")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.keyboard.press("Escape")
    until(lambda: asked, "the question")
    assert page.get_by_label("Note").is_visible()


@test("who may only look is offered nothing else, and is refused by the server too")
def viewer(console, browser):
    identity = console.order(930005)
    page = browser.open(f"/orders/{identity}", user="viewer")
    page.get_by_text("Timeline").wait_for()
    equal(page.get_by_role("button", name="Edit").count(), 0, "edit buttons")
    page.keyboard.press("e")
    equal(page.locator("dialog").count(), 0, "dialogs")
    equal(browser.request("PATCH", f"/api/orders/{identity}", user="viewer", data={"set": {"note": "x"}}, headers={"If-Match": '"1"'})[0], 403, "the answer to an edit")
    equal(browser.request("POST", "/api/queues/courier-commands/pause", user="viewer")[0], 403, "the answer to a pause")
    equal(browser.request("GET", "/api/users", user="operator")[0], 403, "the answer to an operator who asks for users")


@test("a wrong password is refused in words, and the right one leads to the place that was asked for")
def sign_in(console, browser):
    from console import PASSWORD

    page = browser.open("/queues", user=None)
    page.get_by_label("Name").fill("viewer")
    page.get_by_label("Password").fill("not the password")
    page.keyboard.press("Enter")
    page.get_by_text("Name or password is wrong.").wait_for()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Queues").wait_for()
    page.get_by_role("button", name="Signed in as viewer").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Password").wait_for()
    page.goto("/orders")
    page.get_by_label("Password").wait_for()
