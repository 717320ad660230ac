"""pymexc at MEXC spot: requests."""

import asyncio

from pymexc import spot

from checks import Checks, Served, error_of

SERVED = Served()
SYMBOL = "BTCUSDT"


def turned(keys):
    """A client of the local exchange."""
    client = spot.HTTP(api_key=keys[0], api_secret=keys[1])
    client.base_url = f"http://{SERVED.host('mexc-spot')}"
    return client


async def requests(checks):
    """What it asks."""
    one, two = SERVED.keys(0), SERVED.keys(1)
    mine, theirs, wrong = turned(one), turned(two), turned((one[0], "another secret"))
    rules = mine.exchange_info(symbol=SYMBOL)
    checks.holds("rules", rules["symbols"][0]["symbol"] == SYMBOL)
    book = theirs.order_book(SYMBOL, limit=1000)
    price = f"{float(book['bids'][0][0]) * 0.995:.1f}"
    placed = mine.order(SYMBOL, "BUY", "LIMIT", quantity="0.0456", price=price)
    seen = {float(it[0]): float(it[1]) for it in theirs.order_book(SYMBOL, limit=1000)["bids"]}
    checks.holds("another client sees an order in the book", seen.get(float(price), 0) >= 0.0456, seen.get(float(price)))
    opened = [it["orderId"] for it in mine.current_open_orders(SYMBOL)]
    checks.holds("it is open", placed["orderId"] in opened, opened)
    mine.cancel_order(SYMBOL, order_id=placed["orderId"])
    read = mine.query_order(SYMBOL, order_id=placed["orderId"])
    checks.holds("it is taken back", read["status"] == "CANCELED", read)
    balances = {it["asset"]: float(it["free"]) for it in mine.account_information()["balances"]}
    bought = mine.order(SYMBOL, "BUY", "MARKET", quote_order_qty="1000")
    read = mine.query_order(SYMBOL, order_id=bought["orderId"])
    checks.holds("a market order trades", read["status"] in ("FILLED", "PARTIALLY_CANCELED"), read)
    after = {it["asset"]: float(it["free"]) for it in mine.account_information()["balances"]}
    checks.holds("the balance tells it", after["BTC"] > balances["BTC"] and after["USDT"] < balances["USDT"], after)
    error = await error_of(wrong.account_information)
    checks.holds("a wrong signature is refused", "ignature" in str(error), repr(error))


async def main():
    """All of it."""
    checks = Checks("pymexc")
    await checks.part("requests", requests(checks))
    checks.end()


asyncio.run(main())
