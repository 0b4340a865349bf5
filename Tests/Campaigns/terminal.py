#!/usr/bin/env python3
"""Runs nnc on pseudo-terminals of several widths, one of which changes meanwhile: no line may reach the last column."""
import fcntl, pty, select, signal, termios, unicodedata
from common import *

options = arguments(steps=30)
LONG = SPEC.replace("pixel", "a_loss_with_a_very_long_name_that_no_terminal_has_room_for").replace("fool", "täuschung_写真写真写真")
LONG = LONG.replace("metrics: [psnr]", "metrics: [psnr, ssim, mse, mae]").replace("judge,", "phase_of_the_critic_whose_name_is_long,")


def width(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Screen:
    """Follows the cursor. What is written says how wide it came at most since the last change of size."""

    def __init__(self, columns):
        self.columns, self.column, self.widest, self.rows, self.text = columns, 0, 0, 0, ""
        self.isResized = False

    def write(self, text):
        self.text += text
        place = 0
        while place < len(text):
            escape = re.match(r"\x1b\[K", text[place:])
            if escape:
                place += escape.end()
                continue
            character = text[place]
            check(character != "\x1b", "an escape besides that for clearing a line", repr(text[place:place + 20]))
            if character == "\r":
                self.column = 0
            elif character == "\n":
                self.column, self.rows = 0, self.rows + 1
            else:
                self.column += width(character)
            self.widest = max(self.widest, self.column)
            place += 1


def resize(descriptor, columns):
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def run(place, columns, *more, changes=(), ends=None):
    """Trains on a terminal of this width; gives what was seen. `changes` are widths that it gets on the way."""
    controller, side = pty.openpty()
    resize(side, columns)
    environment = dict(os.environ, TERM="xterm")
    process = subprocess.Popen(
        [options.nnc, "train", "spec.yaml", "--run", "run", "--steps", str(options.steps), *more], cwd=place.path,
        stdout=subprocess.DEVNULL, stderr=side, stdin=side, env=environment)
    os.close(side)
    screen, changes = Screen(columns), list(changes)
    data = b""
    while True:
        ready, _, _ = select.select([controller], [], [], 20)
        check(ready, "the terminal", "silent for 20 s")
        try:
            more = os.read(controller, 65536)
        except OSError:
            more = b""
        if not more:
            break
        data += more
        whole = data.decode(errors="ignore") if data[-1] < 0x80 else ""
        if not whole:
            continue
        data = b""
        if screen.isResized:
            # It may have been put together before the change.
            screen.isResized = False
            continue
        screen.write(whole)
        check(screen.widest < screen.columns, f"{screen.columns} columns", f"{screen.widest} written: {screen.text[-300:]!r}")
        if changes and screen.text.count("\r") >= 3:
            columns = changes.pop(0)
            # What is being written may go by the old width still; a stopped process writes nothing.
            process.send_signal(signal.SIGSTOP)
            os.waitpid(process.pid, os.WUNTRACED)
            while select.select([controller], [], [], 0)[0]:
                os.read(controller, 65536)
            resize(controller, columns)
            os.kill(process.pid, signal.SIGWINCH)
            process.send_signal(signal.SIGCONT)
            screen = Screen(columns)
            screen.isResized = True
    check(process.wait() == 0, "exit code", screen.text[-500:])
    os.close(controller)
    return screen


def has_colors(place, terminal):
    """Whether a finding of `nnc check` is coloured on a terminal that is called so."""
    controller, side = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "CLICOLOR_FORCE")}
    subprocess.run(
        [options.nnc, "check", "missing.yaml"], cwd=place.path, stdout=side, stderr=side, stdin=side,
        env=dict(environment, TERM=terminal))
    os.close(side)
    text = b""
    try:
        while piece := os.read(controller, 65536):
            text += piece
    except OSError:
        pass
    os.close(controller)
    check(b"missing.yaml" in text, "the terminal", text)
    return b"\x1b" in text


with Place(LONG) as place:
    check(has_colors(place, "xterm") and not has_colors(place, "dumb"), "colours", "on a dumb terminal, or on no other")
    for columns in [80, 40, 20, 3]:
        place.remove("run")
        seen = run(place, columns)
        check("\x1b[K" in seen.text and seen.rows > 0, f"{columns} columns", "nothing was redrawn")
        again = run(place, columns, "--steps", str(options.steps + 10))
        squeezed = re.sub(r"[\s\x1b]|\[K", "", again.text)
        check(columns < 10 or f"run/checkpoints/step-{options.steps:08}.safetensors" in squeezed, "what stays is whole", again.text)
    place.remove("run")
    run(place, 80, "--steps", "600", changes=[40, 120, 20, 60])
    place.remove("run")
    with open(place / "errors", "wb") as errors:
        subprocess.run([options.nnc, "train", "spec.yaml", "--run", "run", "--steps", "60"], cwd=place.path, stderr=errors)
    text = contents(place / "errors").decode()
    check(text and "\x1b" not in text and "\r" not in text, "a file", text)
    print("80, 40, 20 and 3 columns, and a width that changes: no line reaches the last column; a file has no escapes, nor a dumb terminal colours")
