"""What all clients share: where the exchange is, and one line a check."""

import asyncio
import inspect
import json
import sys
import traceback


class Checks:
    """Counts what held and what did not."""

    def __init__(self, client):
        self.client = client
        self.failed = 0

    def holds(self, what, is_so, seen=""):
        """One check."""
        self.failed += not is_so
        word = "ok    " if is_so else "FAILED"
        more = f": {seen}" if seen != "" and not is_so else ""
        print(f"{word} {self.client} {what}{more}", flush=True)

    def raises(self, what, kind, seen):
        """A check that something is refused with an error of a kind."""
        self.holds(what, isinstance(seen, kind), repr(seen))

    async def part(self, what, awaited, seconds=30):
        """Some checks, of which an error is the end."""
        try:
            return await asyncio.wait_for(awaited, seconds)
        except Exception as error:  # pylint: disable=broad-except
            place = traceback.extract_tb(error.__traceback__)
            mine = [frame for frame in place if "/clients/" in frame.filename] or place
            self.holds(f"{what} (line {mine[-1].lineno if mine else '?'})", False, repr(error)[:600])
            return None

    def end(self):
        """Ends the process."""
        sys.exit(1 if self.failed else 0)


class Served:
    """The exchange as it told where it is."""

    def __init__(self):
        self.told = json.loads(sys.argv[1])
        self.ports = {venue["venue"]: venue["port"] for venue in self.told["venues"]}

    def host(self, venue):
        """Host and port of a venue."""
        return f"127.0.0.1:{self.ports[venue]}"

    def keys(self, at):
        """Key and secret of an account."""
        account = self.told["accounts"][at]
        return account["key"], account["secret"]


async def value(found):
    """What a client gives, at once or later."""
    return await found if inspect.isawaitable(found) else found


async def error_of(call):
    """The error that a call ends with; none when it does not."""
    try:
        await value(call())
    except Exception as error:  # pylint: disable=broad-except
        return error
    return None


async def until(look, seconds=5.0):
    """Looks until what is looked for is there."""
    for _ in range(int(seconds / 0.1)):
        found = await value(look())
        if found:
            return found
        await asyncio.sleep(0.1)
    return await value(look())
