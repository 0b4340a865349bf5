#!/usr/bin/env python3
"""Reads pages with a strict HTML5 parser, and shows them in a browser, whose console must stay empty. Arguments: the pages."""
import os, re, shutil, subprocess, sys, tempfile

try:
    import html5lib
except ImportError:
    html5lib = None
    print("html5lib is not installed: the strict parser is skipped")
browser = next((path for name in ["chromium", "chromium-browser", "google-chrome"] if (path := shutil.which(name))), None)
if not browser:
    print("no browser is installed: skipped")


def parse(path):
    with open(path, "rb") as file:
        html5lib.HTMLParser(strict=True).parse(file, transport_encoding="utf-8")


def console(path, *more):
    """What the page says on the browser's console."""
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}",
                   "--enable-logging=stderr", "--virtual-time-budget=3000", *more, "file://" + os.path.abspath(path)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return [line for line in result.stderr.splitlines() if "CONSOLE" in line], result.stdout


def check_the_check():
    """A page that is wrong must be noticed."""
    with tempfile.NamedTemporaryFile("w", suffix=".html") as file:
        file.write("<!DOCTYPE html><html><head><title>x</title></head><body><p></b><script>nothing.is()</script></body></html>")
        file.flush()
        if html5lib:
            try:
                parse(file.name)
                sys.exit("the parser is not strict")
            except html5lib.html5parser.ParseError:
                pass
        if browser and not console(file.name)[0]:
            sys.exit("the browser's console is not seen")


check_the_check()
for path in sys.argv[1:]:
    if html5lib:
        parse(path)
    if browser:
        lines, page = console(path, "--dump-dom")
        assert not lines, (path, lines)
        assert len(re.findall("<svg", page)) > 2, path
said = [text for tool, text in [(html5lib, "are right to the letter"), (browser, "the browser has nothing to say")] if tool]
print(f"{len(sys.argv) - 1} pages {' and '.join(said)}")
