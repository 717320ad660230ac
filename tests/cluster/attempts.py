"""Attempts at shards: counted, seen at work, and robbed of the worker that started them."""

import re
import shlex
import signal
from contextlib import contextmanager
from dataclasses import dataclass

from processes import Wrong, runs, send, state, until

# Of a shard's points, those that may be done when its worker is killed: the rest is certainly not.
DONE_MAX = 0.7


@dataclass(frozen=True)
class Attempt:
    """One process that was started for a shard."""

    pid: int
    shard: int


class Attempts:
    """Every attempt at the shards of one sweep."""

    def __init__(self, binary, folder, shards, points):
        self.binary, self.folder, self.shards, self.points = binary, folder, shards, points
        self.log = folder / "attempts.log"
        self.wrapper = folder / "onetape-counted"

    def write_wrapper(self):
        """A program that counts and becomes the real one, under the same process id."""
        # The shell's printf is one write, so that lines of two attempts cannot mix.
        log, binary = shlex.quote(str(self.log)), shlex.quote(str(self.binary))
        text = f"#!/bin/sh\nprintf '%s %s\\n' \"$$\" \"$*\" >> {log}\nexec {binary} \"$@\"\n"
        self.wrapper.write_text(text, encoding="utf-8")
        self.wrapper.chmod(0o755)

    def all(self):
        """Those so far, in order."""
        if not self.log.exists():
            return []
        found = []
        for line in self.log.read_text(encoding="utf-8").splitlines():
            shard = re.fullmatch(r"(\d+) sweep run .*--shard (\d+)/\d+ .*--die-with-parent", line)
            if shard:
                found.append(Attempt(int(shard[1]), int(shard[2])))
            elif " sweep merge " not in line:
                raise Wrong(f"{self.log}: an attempt that is none: {line}")
        return found

    def of(self, shard):
        """How many there were at one shard."""
        return sum(attempt.shard == shard for attempt in self.all())

    def part(self, shard):
        """Where the shard's part will be."""
        return self.folder / "parts" / f"part-{shard}-of-{self.shards}.parquet"

    def kept(self, shard):
        """Points of a shard that are in its checkpoints."""
        files = (self.folder / "checkpoints").glob(f"part-{shard}-of-{self.shards}.*.log")
        count = 0
        for file in files:
            try:
                count += file.read_bytes().count(b"\n")
            except FileNotFoundError:  # its shard has just come to its end
                pass
        return count

    @contextmanager
    def caught(self, but, driver, limit_s):
        """Waits for an attempt that has begun and is far from its end, and stops it right there for a while.

        A stopped process cannot write its part, so whoever is killed now holds an unfinished shard for certain.
        """
        attempt = self._catch(but, driver, limit_s)
        try:
            yield attempt
        finally:
            send(attempt.pid, signal.SIGCONT)

    def _catch(self, but, driver, limit_s):
        def caught():
            driver.must_run()
            for attempt in self.all():
                if attempt.shard not in but and self._stop(attempt):
                    return attempt
            return None

        what = f"a shard of {self.folder} to be at work and not near its end; {self.log} has every attempt"
        return until(what, limit_s, caught)

    def _stop(self, attempt):
        pid, shard = attempt.pid, attempt.shard
        if not runs(pid, self.binary) or self.part(shard).exists() or self.kept(shard) == 0:
            return False
        if not send(pid, signal.SIGSTOP):
            return False
        until(f"process {pid} to stop", 60, lambda: (state(pid) or "T")[0] == "T")
        share = self.kept(shard) * self.shards / self.points
        if state(pid) and not self.part(shard).exists() and 0 < share <= DONE_MAX:
            return True
        send(pid, signal.SIGCONT)
        return False

    def must_have_been_repeated(self, killed):
        """More attempts than shards, one more at every shard that was killed, and nobody left."""
        count = len(self.all())
        if count <= self.shards:
            raise Wrong(f"{count} attempts at {self.shards} shards, after {len(killed)} were killed: nothing was repeated")
        for shard in killed:
            if self.of(shard) < 2:
                raise Wrong(f"shard {shard} lost its worker and was not attempted again")
        missing = [shard for shard in range(self.shards) if not self.part(shard).exists()]
        if missing:
            raise Wrong(f"shards without a part: {missing}")
        for attempt in self.all():
            if runs(attempt.pid, self.binary):
                raise Wrong(f"process {attempt.pid}, an attempt at shard {attempt.shard}, lives on after the sweep")
        return count


def parent_of(attempt):
    """The process that started an attempt."""
    found = state(attempt.pid)
    if found is None:
        raise Wrong(f"process {attempt.pid} of shard {attempt.shard} is gone although it was stopped")
    return found[1]
