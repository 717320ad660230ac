"""Gate's official SDK at spot and USDT futures."""

import asyncio

import gate_api

from checks import Checks, Served, error_of

SERVED = Served()
PAIR = "BTC_USDT"


def turned(kind, venue, keys):
    """A client of the local exchange."""
    key, secret = keys
    host = f"http://{SERVED.host(venue)}/api/v4"
    return kind(gate_api.ApiClient(gate_api.Configuration(host=host, key=key, secret=secret)))


async def spot(checks):
    """Spot."""
    one, two = SERVED.keys(0), SERVED.keys(1)
    mine, theirs = (turned(gate_api.SpotApi, "gate-spot", keys) for keys in (one, two))
    wrong = turned(gate_api.SpotApi, "gate-spot", (one[0], "another secret"))
    checks.holds("spot: pairs", PAIR in [it.id for it in mine.list_currency_pairs()])
    book = theirs.list_order_book(PAIR, limit=20)
    # Within what the book shows, and so deep that it rests.
    price = book.bids[-1][0]
    placed = mine.create_order(
        gate_api.Order(currency_pair=PAIR, side="buy", type="limit", amount="0.0345", price=price, text="t-sdk")
    )
    seen = dict(theirs.list_order_book(PAIR, limit=100).bids)
    shown = float(seen.get(price, 0))
    checks.holds("spot: an order rests", placed.status == "open", placed)
    checks.holds("spot: another client sees an order in the book", shown >= 0.0345, seen)
    read = mine.get_order(placed.id, PAIR)
    checks.holds("spot: it is read back", read.text == "t-sdk" and read.amount == "0.0345", read)
    gone = mine.cancel_order(placed.id, PAIR)
    checks.holds("spot: it is taken back", gone.status == "cancelled", gone)
    before = float(mine.list_spot_accounts(currency="BTC")[0].available)
    ask = float(theirs.list_order_book(PAIR, limit=1).asks[0][0])
    order = gate_api.Order(
        currency_pair=PAIR, side="buy", type="limit", amount="0.0345", price=f"{ask * 1.01:.2f}", time_in_force="ioc"
    )
    bought = mine.create_order(order)
    checks.holds("spot: an order trades", bought.status == "closed", bought)
    after = [it for it in mine.list_spot_accounts() if it.currency == "BTC"][0]
    checks.holds("spot: the balance tells it", abs(float(after.available) - before - 0.0345) < 1e-3, after)
    error = await error_of(wrong.list_spot_accounts)
    checks.holds("spot: a wrong signature is refused", getattr(error, "label", "") == "INVALID_SIGNATURE", repr(error))


async def futures(checks):
    """USDT futures."""
    one, two = SERVED.keys(0), SERVED.keys(1)
    mine, theirs = (turned(gate_api.FuturesApi, "gate-usdt", keys) for keys in (one, two))
    contract = mine.get_futures_contract("usdt", PAIR)
    checks.holds("futures: a contract", contract.name == PAIR and float(contract.quanto_multiplier) > 0, contract)
    book = theirs.list_futures_order_book("usdt", PAIR, limit=20)
    price = book.bids[-1].p
    placed = mine.create_futures_order(
        "usdt", gate_api.FuturesOrder(contract=PAIR, size="25", price=price, tif="gtc", text="t-sdk")
    )
    seen = {it.p: float(it.s) for it in theirs.list_futures_order_book("usdt", PAIR, limit=50).bids}
    checks.holds("futures: an order rests", placed.status == "open", placed)
    checks.holds("futures: another client sees an order in the book", seen.get(price, 0) >= 25, seen.get(price))
    gone = mine.cancel_futures_order("usdt", str(placed.id))
    checks.holds("futures: it is taken back", gone.finish_as == "cancelled", gone)
    mine.update_position_leverage("usdt", PAIR, "5")
    order = gate_api.FuturesOrder(contract=PAIR, size="25", price="0", tif="ioc")
    bought = mine.create_futures_order("usdt", order)
    checks.holds("futures: a market order trades", bought.status == "finished", bought)
    held = mine.get_position("usdt", PAIR)
    checks.holds("futures: it makes a position", float(held.size) >= 25, held)
    order = gate_api.FuturesOrder(contract=PAIR, size="-25", price="0", tif="ioc", reduce_only=True)
    mine.create_futures_order("usdt", order)
    left = mine.get_position("usdt", PAIR)
    checks.holds("futures: and another one closes it", float(held.size) - float(left.size) == 25, left)
    account = mine.list_futures_accounts("usdt")
    checks.holds("futures: the account", float(account.total) > 0, account)


async def main():
    """Both."""
    checks = Checks("gate-api")
    await checks.part("spot", spot(checks))
    await checks.part("futures", futures(checks))
    checks.end()


asyncio.run(main())
