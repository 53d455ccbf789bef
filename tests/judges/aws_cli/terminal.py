"""Runs a command at a terminal of its own, and types one-time codes where it asks for them.

Standard input: {"command": [...], "environment": {...}, "seed": base32 or null, "at": seconds since 1970, "wrong": bool}.
Standard output: {"code": exit code, "prompts": how often it asked, "screen": what it showed}.
"""

import base64
import hashlib
import hmac
import json
import os
import pty
import select
import struct
import sys
import time

PATIENCE = 240  # seconds until a command that says nothing counts as hung


def one_time_code(seed, at):
    """RFC 6238 with SHA-1, six digits, steps of thirty seconds."""
    key = base64.b32decode(seed + "=" * (-len(seed) % 8))
    digest = hmac.new(key, struct.pack(">Q", at // 30), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return "%06d" % ((struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1000000)


def typed(settings):
    if settings["seed"] is None:
        return b"000000\n"
    code = one_time_code(settings["seed"], settings["at"])
    if settings["wrong"]:
        code = "%06d" % ((int(code) + 1) % 1000000)
    return code.encode() + b"\n"


def main():
    settings = json.load(sys.stdin)
    child, terminal = pty.fork()
    if child == 0:
        command = settings["command"]
        os.execve(command[0], command, settings["environment"])
    screen, prompts, end = b"", 0, time.monotonic() + PATIENCE
    while True:
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        if not ready:
            os.kill(child, 9)
            screen += b"\n(killed: it said nothing for too long)\n"
            break
        try:
            said = os.read(terminal, 4096)
        except OSError:  # Linux says so at the end of a terminal.
            break
        if not said:
            break
        screen += said
        if screen.count(b"Enter MFA code for ") > prompts and screen.rstrip(b" ").endswith(b":"):
            prompts += 1
            os.write(terminal, typed(settings))
    _, status = os.waitpid(child, 0)
    screen = screen.decode("utf-8", "replace").replace("\r\n", "\n")
    print(json.dumps({"code": os.waitstatus_to_exitcode(status), "prompts": prompts, "screen": screen}))


main()
