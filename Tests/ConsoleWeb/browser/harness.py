"""Tests are functions with a sentence; each gets a console that runs and a browser that is signed in."""

import sys
import time
import traceback

TESTS = []

#: How long anything on a page may take to come true on a machine that is slow and busy.
PATIENCE_SECONDS = 45


def test(sentence):
    """Registers a test under what it says."""

    def register(function):
        TESTS.append((sentence, function))
        return function

    return register


def until(condition, what, seconds=PATIENCE_SECONDS):
    """Waits for a condition; the value that made it true comes back."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true within {seconds} s; last seen: {value!r}")
        time.sleep(0.02)


def equal(actual, expected, what=""):
    if actual != expected:
        raise AssertionError(f"{what or 'value'} is {actual!r}, not {expected!r}")


def at_most(actual, limit, what):
    if actual > limit:
        raise AssertionError(f"{what} is {actual}, more than {limit}")


def run_all(console, browser, wanted):
    """Runs every test whose sentence contains the word that is wanted; returns how many passed and failed."""
    passed = failed = 0
    for sentence, function in TESTS:
        if wanted not in sentence:
            continue
        started = time.monotonic()
        try:
            function(console, browser)
            passed += 1
            mark = "✔"
        except Exception:  # A test may fail in any way; the others still run.
            failed += 1
            mark = "✘"
            traceback.print_exc()
            browser.picture_of_failure(sentence)
        browser.close_pages()
        print(f"{mark} {sentence} ({time.monotonic() - started:.1f} s)")
        sys.stdout.flush()
    return passed, failed
