"""Runs the browser tests of the console: python browser --bin FOLDER [--only WORD | --times | --pictures FOLDER]."""

import argparse
import os
import sys
import tempfile

from playwright.sync_api import sync_playwright

import harness
from browser import Browser
from console import Console, PASSWORD

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="run the tests whose sentence contains this")
    parser.add_argument("--times", action="store_true", help="measure how long the grid makes people wait instead of testing")
    parser.add_argument("--pictures", metavar="FOLDER", help="take the screenshots of the documentation instead of testing")
    parser.add_argument("--bin", required=True, help="the folder of the built programs")
    options = parser.parse_args()

    folder = tempfile.mkdtemp(prefix="console-web-")
    console = Console(options.bin, folder)
    with sync_playwright() as playwright:
        # As root Chromium has no sandbox of its own; these pages are ours.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        try:
            console.start()
            browser = Browser(chromium, console, folder)
            add_users(browser)
            if options.pictures:
                from pictures import take_pictures

                take_pictures(console, browser, options.pictures)
                return 0
            if options.times:
                from times import take_times

                take_times(console, browser)
                return 0
            import budget_tests, edit_tests, grid_tests, keyboard_tests, operation_tests, page_tests, policy_tests  # noqa: E401, F401

            passed, failed = harness.run_all(console, browser, options.only)
        finally:
            console.stop()
            chromium.close()
    if failed:
        print(f"Logs and pictures of failures: {folder}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or passed == 0 else 0


def add_users(browser):
    for name in ("operator", "viewer"):
        status, answer = browser.request("POST", "/api/users", data={"name": name, "role": name, "password": PASSWORD})
        assert status == 201, answer


sys.exit(main())
