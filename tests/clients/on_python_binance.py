"""python-binance at Binance spot and futures: requests, streams, and orders by WebSocket."""

import asyncio

from binance import AsyncClient, BinanceSocketManager, Client
from binance.exceptions import BinanceAPIException

from checks import Checks, Served, error_of, until

SERVED = Served()
SPOT, USDM = SERVED.host("binance-spot"), SERVED.host("binance-usdm")
SYMBOL = "BTCUSDT"


def turned(client):
    """A client of the local exchange."""
    client.API_URL = f"http://{SPOT}/api"
    client.FUTURES_URL = f"http://{USDM}/fapi"
    return client


def spot(checks, mine, theirs, wrong):
    """Requests to spot."""
    rules = mine.get_exchange_info()
    checks.holds("spot: rules", SYMBOL in [it["symbol"] for it in rules["symbols"]])
    book = theirs.get_order_book(symbol=SYMBOL, limit=1000)
    price = f"{float(book['bids'][0][0]) * 0.99:.2f}"
    placed = mine.create_order(symbol=SYMBOL, side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.0321", price=price)
    seen = dict(theirs.get_order_book(symbol=SYMBOL, limit=5000)["bids"])
    checks.holds("spot: another client sees an order in the book", float(seen.get(price, 0)) >= 0.0321, seen.get(price))
    opened = [it["orderId"] for it in mine.get_open_orders(symbol=SYMBOL)]
    checks.holds("spot: it is open", placed["orderId"] in opened, opened)
    cancelled = mine.cancel_order(symbol=SYMBOL, orderId=placed["orderId"])
    checks.holds("spot: it is taken back", cancelled["status"] == "CANCELED", cancelled)
    before = float(mine.get_asset_balance(asset="BTC")["free"])
    bought = mine.order_market_buy(symbol=SYMBOL, quantity="0.0321")
    checks.holds("spot: a market order trades", bought["status"] == "FILLED", bought)
    after = float(mine.get_asset_balance(asset="BTC")["free"])
    checks.holds("spot: the balance tells it", abs(after - before - 0.0321) < 1e-3, after - before)
    public = {it["id"] for it in theirs.get_recent_trades(symbol=SYMBOL, limit=1000)}
    own = [it["tradeId"] for it in bought["fills"]]
    checks.holds("spot: public trades tell it", own and set(own) <= public, own)
    try:
        wrong.get_account()
        checks.holds("spot: a wrong signature is refused", False)
    except BinanceAPIException as error:
        checks.holds("spot: a wrong signature is refused", error.code == -1022, error)


def usdm(checks, mine, theirs):
    """Requests to futures."""
    mine.futures_change_leverage(symbol=SYMBOL, leverage=5)
    book = theirs.futures_order_book(symbol=SYMBOL, limit=1000)
    price = f"{float(book['bids'][0][0]) * 0.995:.1f}"
    placed = mine.futures_create_order(
        symbol=SYMBOL, side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.032", price=price
    )
    seen = dict(theirs.futures_order_book(symbol=SYMBOL, limit=1000)["bids"])
    checks.holds("usdm: another client sees an order in the book", float(seen.get(price, 0)) >= 0.032, seen.get(price))
    cancelled = mine.futures_cancel_order(symbol=SYMBOL, orderId=placed["orderId"])
    checks.holds("usdm: it is taken back", cancelled["status"] == "CANCELED", cancelled)
    before = held(mine)
    mine.futures_create_order(symbol=SYMBOL, side="BUY", type="MARKET", quantity="0.032")
    grown = round(held(mine) - before, 3)
    checks.holds("usdm: a market order makes a position", grown == 0.032, grown)
    mine.futures_create_order(symbol=SYMBOL, side="SELL", type="MARKET", quantity="0.032", reduceOnly="true")
    left = round(held(mine) - before, 3)
    checks.holds("usdm: and another one closes it", left == 0, left)


def held(client):
    """The position."""
    return sum(float(it["positionAmt"]) for it in client.futures_position_information(symbol=SYMBOL))


async def streams(checks):
    """Streams of spot and futures, and orders by WebSocket."""
    key, secret = SERVED.keys(0)
    client = turned(AsyncClient(key, secret))
    manager = BinanceSocketManager(client)
    manager.STREAM_URL = f"ws://{SPOT}/"
    manager.FSTREAM_URL = f"ws://{USDM}/"
    client.ws_api._url = f"ws://{SPOT}/ws-api/v3"
    client.ws_future._url = f"ws://{USDM}/ws-fapi/v1"
    try:
        async with manager.trade_socket(SYMBOL) as socket:
            heard = await asyncio.wait_for(socket.recv(), 15)
        checks.holds("spot: trades by WebSocket", heard["e"] == "trade", heard)
        async with manager.depth_socket(SYMBOL) as socket:
            heard = await asyncio.wait_for(socket.recv(), 15)
        checks.holds("spot: depth by WebSocket", heard["e"] == "depthUpdate", heard)
        async with manager.futures_depth_socket(SYMBOL) as socket:
            heard = await asyncio.wait_for(socket.recv(), 15)
        checks.holds("usdm: depth by WebSocket", "depthUpdate" in str(heard), heard)
        book = await client.get_order_book(symbol=SYMBOL)
        price = f"{float(book['bids'][0][0]) * 0.99:.2f}"
        news = []
        async with manager.futures_user_socket() as socket:
            async def listen():
                while True:
                    news.append(await socket.recv())
            listening = asyncio.ensure_future(listen())
            await asyncio.sleep(0.5)
            await client.futures_create_order(symbol=SYMBOL, side="BUY", type="MARKET", quantity="0.01")
            told = await until(lambda: [it for it in news if it.get("e") == "ORDER_TRADE_UPDATE"])
            checks.holds("usdm: the account's stream tells an order", told, news)
            listening.cancel()
        placed = await client.ws_create_order(
            symbol=SYMBOL, side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.02", price=price
        )
        checks.holds("spot: an order by WebSocket", placed["status"] == "NEW", placed)
        cancelled = await client.ws_cancel_order(symbol=SYMBOL, orderId=placed["orderId"])
        checks.holds("spot: it is taken back by WebSocket", cancelled["status"] == "CANCELED", cancelled)
    finally:
        await error_of(client.close_connection)


def main():
    """All of it."""
    checks = Checks("python-binance")
    one, two = SERVED.keys(0), SERVED.keys(1)
    mine, theirs = (turned(Client(*keys, ping=False)) for keys in (one, two))
    wrong = turned(Client(one[0], "another secret", ping=False))

    async def requests():
        spot(checks, mine, theirs, wrong)
        usdm(checks, mine, theirs)

    async def both():
        await checks.part("requests", requests())
        await checks.part("streams", streams(checks), 60)

    asyncio.run(both())
    checks.end()


main()
