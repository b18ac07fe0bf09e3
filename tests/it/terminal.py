"""Drives a program on a terminal: `terminal.py STEPS PROGRAM ARGUMENT…`.

STEPS is a JSON list of `["expect", text]`, `["send", text]` and `["interrupt", text]`, done in order; the last one presses
Ctrl-C until the text is there. What the terminal showed is printed at the end,
and the program's exit code is ours; 99 when something was expected in vain.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

DEADLINE_S = 60


def main():
    steps, program = json.loads(sys.argv[1]), sys.argv[2:]
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        os.execv(program[0], program)
    shown = b""
    seen = 0

    def read(until):
        nonlocal shown
        ready, _, _ = select.select([terminal], [], [], max(0, until - time.monotonic()))
        if not ready:
            return None
        try:
            more = os.read(terminal, 65536)
        except OSError:
            return False
        shown += more
        return bool(more)

    def end(code):
        sys.stdout.write(shown.decode(errors="replace"))
        sys.stdout.flush()
        os._exit(code)

    for kind, text in steps:
        if kind == "send":
            os.write(terminal, text.encode())
            continue
        until = time.monotonic() + DEADLINE_S
        while (at := shown.find(text.encode(), seen)) < 0:
            if kind == "interrupt" and time.monotonic() < until:
                # Once, and again only when nothing came of it: one too many would stop what follows.
                os.write(terminal, b"\x03")
                pause = time.monotonic() + 3
                while shown.find(text.encode(), seen) < 0 and read(pause):
                    pass
            elif not read(until):
                shown += f"\n--- waited in vain for {text!r} ---\n".encode()
                os.kill(pid, 9)
                end(99)
        seen = at + len(text.encode())
    until = time.monotonic() + DEADLINE_S
    while read(until):
        pass
    if time.monotonic() > until:
        shown += b"\n--- it does not end ---\n"
        os.kill(pid, 9)
    _, status = os.waitpid(pid, 0)
    end(os.waitstatus_to_exitcode(status))


main()
