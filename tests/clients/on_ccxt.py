"""ccxt at all five venues: sync, async and pro."""

import asyncio

import ccxt
import ccxt.async_support
import ccxt.pro

from ccxt_venues import symbol, turned
from checks import Checks, Served, error_of, until, value

SERVED = Served()


def amount_of(venue, client):
    """Something to trade, of a size that shows: base units, or contracts at Gate's futures."""
    if venue == "gate-usdt":
        return 13 / 1_000 / client.market(symbol(venue))["contractSize"]
    return {"binance-usdm": 0.013}.get(venue, 0.0123)


async def resting(checks, venue, mine, theirs):
    """An order that rests: everybody sees it, until it is taken back."""
    traded, amount = symbol(venue), amount_of(venue, mine)
    book = await value(theirs.fetch_order_book(traded))
    # Where the book that can be asked for is not deep, near its top.
    near = book["bids"][-1][0] if "gate" in venue else book["bids"][0][0] * 0.995
    price = float(mine.price_to_precision(traded, near))
    placed = await value(mine.create_order(traded, "limit", "buy", amount, price))
    ours = placed["id"]
    opened = await value(mine.fetch_open_orders(traded))
    checks.holds(f"{venue}: an order rests", ours in [it["id"] for it in opened], opened)
    read = await value(mine.fetch_order(ours, traded))
    checks.holds(f"{venue}: it is read back", read["status"] == "open" and read["amount"] == amount, read)

    seen = await value(theirs.fetch_order_book(traded, 100 if "gate" in venue else 1000))
    shown = next((level[1] for level in seen["bids"] if level[0] == price), 0)
    checks.holds(f"{venue}: another client sees it in the book", shown >= amount, shown)
    used = (await value(mine.fetch_balance()))["USDT"]["used"]
    checks.holds(f"{venue}: money stands behind it", used > 0, used)
    await value(mine.cancel_order(ours, traded))
    opened = await value(mine.fetch_open_orders(traded))
    checks.holds(f"{venue}: it is taken back", ours not in [it["id"] for it in opened], opened)
    read = await value(mine.fetch_order(ours, traded))
    checks.holds(f"{venue}: and says so", read["status"] == "canceled", read["status"])


async def taking(checks, venue, mine, theirs):
    """An order that trades: balance, own trades and public trades tell it."""
    traded, amount = symbol(venue), amount_of(venue, mine)
    before = await holding(venue, mine)
    book = await value(mine.fetch_order_book(traded))
    price = float(mine.price_to_precision(traded, book["asks"][0][0] * 1.01))
    placed = await value(mine.create_order(traded, "limit", "buy", amount, price))
    read = await value(mine.fetch_order(placed["id"], traded))
    checks.holds(f"{venue}: an order trades", read["status"] == "closed" and read["filled"] == amount, read)
    trades = [it for it in await value(mine.fetch_my_trades(traded)) if it["order"] == placed["id"]]
    sum_of = sum(it["amount"] for it in trades)
    checks.holds(f"{venue}: own trades add up to it", abs(sum_of - amount) < 1e-9, sum_of)
    after = await holding(venue, mine)
    grown = after - before
    checks.holds(f"{venue}: the account holds it", abs(grown - amount) < amount * 0.01, grown)
    public = await value(theirs.fetch_trades(traded, None, 1000 if venue != "mexc-spot" else 100))
    seen = {(it["price"], it["amount"]) for it in public}
    missing = [it for it in trades if (it["price"], it["amount"]) not in seen]
    checks.holds(f"{venue}: another client sees the trades", not missing, missing)
    if venue in ("binance-usdm", "gate-usdt"):
        low = float(mine.price_to_precision(traded, book["bids"][0][0] * 0.99))
        params = {"reduceOnly": True}
        await value(mine.create_order(traded, "limit", "sell", amount, low, params))
        checks.holds(f"{venue}: the position is closed", await holding(venue, mine) == before)


async def holding(venue, client):
    """What the account has of it."""
    if venue.endswith("spot"):
        return (await value(client.fetch_balance()))["BTC"]["total"]
    positions = await value(client.fetch_positions([symbol(venue)]))
    return sum(it["contracts"] * (1 if it["side"] == "long" else -1) for it in positions if it["contracts"])


async def refusals(checks, venue, mine, wrong):
    """Errors are of the kinds that ccxt has for them."""
    traded = symbol(venue)
    book = await value(mine.fetch_order_book(traded))
    low = float(mine.price_to_precision(traded, book["bids"][0][0] * 0.9))
    huge = 100_000 / (mine.market(traded).get("contractSize") or 1)
    error = await error_of(lambda: mine.create_order(traded, "limit", "buy", huge, low))
    if venue == "binance-usdm":
        # ccxt knows whose code it is by the host of the venue, which is another one here.
        checks.holds(f"{venue}: too little money is -2019", '"code":-2019' in str(error), repr(error))
    else:
        checks.raises(f"{venue}: too little money is InsufficientFunds", ccxt.InsufficientFunds, error)
    missing = "C02__999999999999" if venue == "mexc-spot" else "999999999999"
    error = await error_of(lambda: mine.cancel_order(missing, traded))
    # ccxt has no better word for MEXC's answer.
    kind = ccxt.BadRequest if venue == "mexc-spot" else ccxt.OrderNotFound
    checks.raises(f"{venue}: no such order is {kind.__name__}", kind, error)
    error = await error_of(wrong.fetch_balance)
    checks.raises(f"{venue}: a wrong signature is AuthenticationError", ccxt.AuthenticationError, error)


async def by_requests(name, module, venue):
    """A client that asks."""
    checks = Checks(f"ccxt {name}")
    one, two = SERVED.keys(0), SERVED.keys(1)
    mine, theirs = turned(module, venue, SERVED, one), turned(module, venue, SERVED, two)
    wrong = turned(module, venue, SERVED, (one[0], "another secret"))
    try:
        markets = await value(mine.load_markets())
        checks.holds(f"{venue}: markets", symbol(venue) in markets, list(markets))
        await value(theirs.load_markets())
        await value(wrong.load_markets())
        ticker = await value(mine.fetch_ticker(symbol(venue)))
        checks.holds(f"{venue}: a ticker", ticker["last"] > 0, ticker)
        await checks.part(f"{venue}: resting", resting(checks, venue, mine, theirs))
        await checks.part(f"{venue}: taking", taking(checks, venue, mine, theirs))
        await checks.part(f"{venue}: refusals", refusals(checks, venue, mine, wrong))
    finally:
        for client in (mine, theirs, wrong):
            if hasattr(client, "close"):
                await value(client.close())
    return checks.failed


async def watched(checks, venue, mine, theirs):
    """Books and trades by WebSocket, and the account's own stream."""
    traded, amount = symbol(venue), amount_of(venue, mine)
    book = await theirs.watch_order_book(traded)
    for _ in range(5):
        book = await theirs.watch_order_book(traded)
    bid, ask = book["bids"][0][0], book["asks"][0][0]
    asked = await mine.fetch_order_book(traded)
    near = abs(asked["bids"][0][0] / bid - 1) < 0.002
    checks.holds(f"{venue}: a book by WebSocket", bid < ask and near, (bid, ask, asked["bids"][0]))
    trades = await theirs.watch_trades(traded)
    checks.holds(f"{venue}: trades by WebSocket", trades[0]["price"] > 0, trades[:1])
    news = []

    async def orders():
        while True:
            news.extend(await mine.watch_orders(traded))

    listening = asyncio.ensure_future(orders())
    await asyncio.sleep(1.5)
    price = float(mine.price_to_precision(traded, bid * 0.99))
    placed = await mine.create_order(traded, "limit", "buy", amount, price)
    statuses = lambda: [it["status"] for it in news if it["id"] == placed["id"]]
    opened = await until(lambda: "open" in statuses())
    checks.holds(f"{venue}: the account's stream tells an order", opened, news or listening)
    await mine.cancel_order(placed["id"], traded)
    cancelled = await until(lambda: "canceled" in statuses())
    checks.holds(f"{venue}: and that it was taken back", cancelled, news)
    price = float(mine.price_to_precision(traded, ask * 1.01))
    placed = await mine.create_order(traded, "limit", "buy", amount, price)
    closed = await until(lambda: "closed" in statuses())
    checks.holds(f"{venue}: and that one traded", closed, news)
    if venue != "mexc-spot":
        await resting_seen(checks, venue, mine, theirs)
    listening.cancel()


async def resting_seen(checks, venue, mine, theirs):
    """An order at the touch changes the book of who watches."""
    traded, amount = symbol(venue), amount_of(venue, mine)
    book = await theirs.watch_order_book(traded)
    price = book["bids"][3][0]
    placed = await mine.create_order(traded, "limit", "buy", amount, price)
    seen = False
    for _ in range(40):
        book = await theirs.watch_order_book(traded)
        levels = {level[0]: level[1] for level in book["bids"]}
        if levels.get(price, 0) >= amount:
            seen = True
            break
    checks.holds(f"{venue}: who watches sees another's order", seen, (price, book["bids"][:5]))
    await error_of(lambda: mine.cancel_order(placed["id"], traded))


async def by_streams(venue):
    """A client that listens."""
    checks = Checks("ccxt pro")
    mine = turned(ccxt.pro, venue, SERVED, SERVED.keys(0))
    theirs = turned(ccxt.pro, venue, SERVED, SERVED.keys(1))
    try:
        await mine.load_markets()
        await theirs.load_markets()
        await checks.part(f"{venue}: streams", watched(checks, venue, mine, theirs), 45)
    finally:
        await mine.close()
        await theirs.close()
    return checks.failed


async def main():
    """All venues, by requests and by streams."""
    failed = 0
    for venue in SERVED.ports:
        failed += await by_requests("sync", ccxt, venue)
        failed += await by_requests("async", ccxt.async_support, venue)
        failed += await by_streams(venue)
    ending = Checks("ccxt")
    ending.failed = failed
    ending.end()


asyncio.run(main())
