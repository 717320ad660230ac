"""ccxt's clients, turned to the local exchange."""


def turned(module, venue, served, keys):
    """A client of a venue; `module` is ccxt, ccxt.async_support or ccxt.pro."""
    host = served.host(venue)
    http, ws = f"http://{host}", f"ws://{host}"
    key, secret = keys
    name = {"binance": "binance", "mexc": "mexc", "gate": "gate"}[venue.split("-")[0]]
    config = {"apiKey": key, "secret": secret, "enableRateLimit": False}
    if venue == "binance-usdm":
        config["options"] = {"defaultType": "swap"}
    client = getattr(module, name)(config)
    TURN[venue](client, http, ws)
    return client


def binance_common(client):
    client.has["fetchCurrencies"] = False
    client.options["fetchMargins"] = False


def binance_spot(client, http, ws):
    binance_common(client)
    api = client.urls["api"]
    api["public"] = api["private"] = f"{http}/api/v3"
    client.options["fetchMarkets"] = {"types": ["spot"]}
    if "ws" in api:
        api["ws"]["spot"] = f"{ws}/ws"
        api["ws"]["ws-api"]["spot"] = f"{ws}/ws-api/v3"


def binance_usdm(client, http, ws):
    binance_common(client)
    api = client.urls["api"]
    for kind in ("fapiPublic", "fapiPrivate"):
        for version, path in (("", "v1"), ("V2", "v2"), ("V3", "v3")):
            api[kind + version] = f"{http}/fapi/{path}"
    client.options["fetchMarkets"] = {"types": ["linear"]}
    if "ws" in api:
        api["ws"]["linear"] = api["ws"]["future"] = f"{ws}/ws"
        api["ws"]["ws-api"]["linear"] = api["ws"]["ws-api"]["future"] = f"{ws}/ws-fapi/v1"


def mexc_spot(client, http, ws):
    api = client.urls["api"]
    api["spot"]["public"] = api["spot"]["private"] = http
    api["contract"] = {"public": f"{http}/api/v1/contract", "private": f"{http}/api/v1/private"}
    if "ws" in api:
        api["ws"]["spot"] = f"{ws}/ws"
    client.has["fetchCurrencies"] = False
    client.options["watchOrderBook"] = {"snapshotDelay": 1}


def gate(client, http, ws, kind):
    api = client.urls["api"]
    for side in ("public", "private"):
        for section in api[side]:
            api[side][section] = f"{http}/api/v4"
    client.options["fetchMarkets"] = {"types": [kind]}
    client.options["unifiedAccount"] = False
    client.has["fetchCurrencies"] = False
    if kind == "swap":
        client.options["defaultType"] = "swap"
        # Subscriptions name the account, which the venue no longer looks at.
        client.uid = "1"
    if "spot" in api:
        api["spot"] = f"{ws}/ws/v4/"
        api["swap"]["usdt"] = f"{ws}/v4/ws/usdt"
        client.options["watchOrderBook"] = {"snapshotDelay": 1}


TURN = {
    "binance-spot": binance_spot,
    "binance-usdm": binance_usdm,
    "mexc-spot": mexc_spot,
    "gate-spot": lambda client, http, ws: gate(client, http, ws, "spot"),
    "gate-usdt": lambda client, http, ws: gate(client, http, ws, "swap"),
}


def symbol(venue):
    """What is traded there."""
    return "BTC/USDT" if venue.endswith("spot") else "BTC/USDT:USDT"
