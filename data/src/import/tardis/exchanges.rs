//! What is known of the exchanges that files name.

/// The venue's name here: of the venues that there are adapters for, that of the adapter.
pub(super) fn venue(exchange: &str) -> &str {
    match exchange {
        "binance" => "binance-spot",
        "binance-futures" => "binance-usdm",
        "binance-delivery" => "binance-coinm",
        "gate-io" => "gate-spot",
        "gate-io-futures" => "gate-usdt",
        "mexc" => "mexc-spot",
        other => other,
    }
}

/// Exchanges of nothing but spot.
const SPOT: [&str; 15] = [
    "binance",
    "binance-us",
    "bitfinex",
    "bitget",
    "bitstamp",
    "bybit-spot",
    "coinbase",
    "gate-io",
    "gemini",
    "huobi",
    "kraken",
    "kucoin",
    "mexc",
    "okex",
    "upbit",
];

/// The kind of an exchange's instruments, where it has one kind alone whose amounts are in the base asset.
pub(super) fn contract(exchange: &str) -> Option<&'static str> {
    match exchange {
        "binance-futures" => Some("linear"),
        spot if SPOT.contains(&spot) => Some("spot"),
        _ => None,
    }
}

/// True where amounts of linear futures count contracts of so many base units, which the files do not tell.
pub(super) fn counts_contracts(exchange: &str) -> bool {
    matches!(
        exchange,
        "gate-io-futures"
            | "huobi-dm-linear-swap"
            | "kucoin-futures"
            | "okex-futures"
            | "okex-swap"
    )
}
