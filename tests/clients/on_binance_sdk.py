"""The official SDKs of Binance, spot and USDS-M futures: their models take our answers, by requests and by WebSocket."""

import asyncio

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)
from binance_sdk_spot.spot import Spot

from checks import Checks, Served, error_of, until

SERVED = Served()
SYMBOL = "BTCUSDT"


def turned(kind, venue, keys, api, stream):
    """A client of the local exchange."""
    host = SERVED.host(venue)
    key, secret = keys
    return kind(
        config_rest_api=ConfigurationRestAPI(api_key=key, api_secret=secret, base_path=f"http://{host}"),
        config_ws_api=ConfigurationWebSocketAPI(api_key=key, api_secret=secret, stream_url=f"ws://{host}{api}"),
        config_ws_streams=ConfigurationWebSocketStreams(stream_url=f"ws://{host}{stream}"),
    )


async def spot(checks):
    """Spot."""
    mine = turned(Spot, "binance-spot", SERVED.keys(0), "/ws-api/v3", "")
    theirs = turned(Spot, "binance-spot", SERVED.keys(1), "/ws-api/v3", "")
    wrong = turned(Spot, "binance-spot", (SERVED.keys(0)[0], "another secret"), "/ws-api/v3", "")
    rules = mine.rest_api.exchange_info(symbol=SYMBOL).data()
    checks.holds("spot: rules", rules.symbols[0].symbol == SYMBOL)
    book = theirs.rest_api.depth(symbol=SYMBOL, limit=100).data()
    price = round(float(book.bids[0][0]) * 0.99, 2)
    placed = mine.rest_api.new_order(
        symbol=SYMBOL, side="BUY", type="LIMIT", time_in_force="GTC", quantity=0.0234, price=price
    ).data()
    seen = {float(it[0]): float(it[1]) for it in theirs.rest_api.depth(symbol=SYMBOL, limit=5000).data().bids}
    checks.holds("spot: another client sees an order in the book", seen.get(price, 0) >= 0.0234, seen.get(price))
    read = mine.rest_api.get_order(symbol=SYMBOL, order_id=placed.order_id).data()
    checks.holds("spot: it is read back", read.status == "NEW", read)
    gone = mine.rest_api.delete_order(symbol=SYMBOL, order_id=placed.order_id).data()
    checks.holds("spot: it is taken back", gone.status == "CANCELED", gone)
    account = mine.rest_api.get_account().data()
    checks.holds("spot: balances", any(it.asset == "USDT" for it in account.balances))
    error = await error_of(wrong.rest_api.get_account)
    checks.holds("spot: a wrong signature is refused", "ignature" in str(error), repr(error))
    connection = await mine.websocket_api.create_connection()
    answer = await connection.order_place(
        symbol=SYMBOL, side="BUY", type="LIMIT", time_in_force="GTC", quantity=0.0234, price=price
    )
    result = answer.data().result
    checks.holds("spot: an order by WebSocket", result.status == "NEW", result)
    answer = await connection.order_cancel(symbol=SYMBOL, order_id=result.order_id)
    checks.holds("spot: taken back by WebSocket", answer.data().result.status == "CANCELED")
    await connection.close_connection()
    await listened(checks, "spot", mine.websocket_streams, "agg_trade")


async def listened(checks, name, streams, kind):
    """A stream of market data."""
    heard = []
    connection = await streams.create_connection()
    stream = await getattr(connection, kind)(symbol=SYMBOL.lower())
    stream.on("message", heard.append)
    await until(lambda: heard, 15)
    checks.holds(f"{name}: a stream of market data", heard)
    await connection.close_connection()


async def usdm(checks):
    """Futures."""
    kind = DerivativesTradingUsdsFutures
    mine = turned(kind, "binance-usdm", SERVED.keys(0), "/ws-fapi/v1", "")
    theirs = turned(kind, "binance-usdm", SERVED.keys(1), "/ws-fapi/v1", "")
    rules = mine.rest_api.exchange_information().data()
    checks.holds("usdm: rules", SYMBOL in [it.symbol for it in rules.symbols])
    book = theirs.rest_api.order_book(symbol=SYMBOL, limit=100).data()
    price = round(float(book.bids[0][0]) * 0.995, 1)
    placed = mine.rest_api.new_order(
        symbol=SYMBOL, side="BUY", type="LIMIT", time_in_force="GTC", quantity=0.023, price=price
    ).data()
    seen = {float(it[0]): float(it[1]) for it in theirs.rest_api.order_book(symbol=SYMBOL, limit=1000).data().bids}
    checks.holds("usdm: another client sees an order in the book", seen.get(price, 0) >= 0.023, seen.get(price))
    gone = mine.rest_api.cancel_order(symbol=SYMBOL, order_id=placed.order_id).data()
    checks.holds("usdm: it is taken back", gone.status == "CANCELED", gone)
    balances = mine.rest_api.futures_account_balance_v3().data()
    checks.holds("usdm: balances", any(it.asset == "USDT" for it in balances))
    connection = await mine.websocket_api.create_connection()
    answer = await connection.new_order(
        symbol=SYMBOL, side="BUY", type="LIMIT", time_in_force="GTC", quantity=0.023, price=price
    )
    result = answer.data().result
    checks.holds("usdm: an order by WebSocket", result.status == "NEW", result)
    answer = await connection.cancel_order(symbol=SYMBOL, order_id=result.order_id)
    checks.holds("usdm: taken back by WebSocket", answer.data().result.status == "CANCELED")
    await connection.close_connection()
    await listened(checks, "usdm", mine.websocket_streams, "mark_price_stream")


async def main():
    """Both."""
    checks = Checks("binance-sdk")
    await checks.part("spot", spot(checks), 45)
    await checks.part("usdm", usdm(checks), 45)
    checks.end()


asyncio.run(main())
