"""Processes of this machine, as /proc tells of them, and waiting for something to become true."""

import ctypes
import os
import signal
import time

PR_SET_CHILD_SUBREAPER = 36


class Wrong(Exception):
    """What this test is there to find, in words."""


def adopt_orphans():
    """Makes this process the parent of orphans below it, so that it learns how they end."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise Wrong(f"the system does not let orphans be adopted: {os.strerror(ctypes.get_errno())}")


def until(what, limit_s, ready):
    """Waits for `ready` to give something; `what` is told when it never does."""
    end = time.monotonic() + limit_s
    while not (found := ready()):
        if time.monotonic() > end:
            raise Wrong(f"waited {limit_s} s in vain for {what}")
        time.sleep(0.01)
    return found


def state(pid):
    """Its letter, and its parent; None when there is no such process, or nothing but its exit code."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            letter, parent = file.read().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if letter in "ZX" else (letter, int(parent))


def runs(pid, program):
    """True when the process is this program and no longer the shell that started it."""
    try:
        return os.path.samefile(f"/proc/{pid}/exe", program)
    except OSError:
        return False


def title(pid):
    """The command line of a process, or nothing."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def send(pid, what):
    """Sends a signal; False when there is nobody any more."""
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        return False
    return True


def gone(pid, limit_s):
    """Waits for the end of a process that somebody else waits for as well, and leaves its exit code to them."""
    until(f"process {pid} to end ({title(pid)})", limit_s, lambda: state(pid) is None)


def exit_code(pid, limit_s):
    """Waits for a process to end; its code, or minus its signal, when this one is its parent by then, else None."""

    def ended():
        try:
            found, status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            return [None] if state(pid) is None else None
        return [os.waitstatus_to_exitcode(status)] if found else None

    return until(f"process {pid} to end ({title(pid)})", limit_s, ended)[0]


def kill(pid):
    """Ends a process as nobody can object to."""
    if not send(pid, signal.SIGKILL):
        raise Wrong(f"process {pid} was to be killed and is not there")
