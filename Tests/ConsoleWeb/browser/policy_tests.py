"""What is true of all pages that the other tests have opened; imported last, so it runs last."""

from harness import equal, test


@test("no page broke its content security policy or threw an error")
def complaints(console, browser):
    page = browser.open("/orders")
    page.locator("main h1").wait_for()
    policy = browser.chromium.new_context().request.get(f"{console.url}/login", headers={"Accept": "text/html"}).headers["content-security-policy"]
    for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"):
        assert part in policy, policy
    browser.collect(page)
    equal(browser.complaints, [], "complaints")
