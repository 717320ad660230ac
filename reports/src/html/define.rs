//! What the page's numbers are, in a sentence each: shown where one points at them.

/// The definition of a figure by the name that the page shows it under; empty for what explains itself.
pub(super) fn define(name: &str) -> &'static str {
    match name {
        "Net" => {
            "Gross less fees plus funding. What is still open is marked at what closing it would bring."
        }
        "Gross" => {
            "Profit of price differences: realised, and for open positions what closing at the bid (long) or ask \
             (short) would realise. Before fees and funding."
        }
        "Fees" => {
            "What venues charged for fills, each converted into this asset when it was charged. Rebates are negative."
        }
        "Funding" => "Funding received less funding paid on perpetuals, when it was settled.",
        "Volume" => {
            "Sum of price times quantity of all fills, both sides of every trade of ours counted."
        }
        "Round trips" => {
            "A round trip begins with the first fill of a task's entry and is closed when every leg is flat again."
        }
        "Hit rate" => "Closed round trips with a positive net, as a share of all closed ones.",
        "Net a round trip" => "Net of the closed round trips divided by their number.",
        "Max drawdown" => {
            "The largest fall of cumulative net of closed round trips below its highest value so far; zero counts as the \
             first peak."
        }
        "Profit factor" => {
            "Net of the round trips that won divided by the loss of those that lost."
        }
        "Median holding" => {
            "From the first fill of a round trip to the fill that made it flat; half are shorter."
        }
        "Ledger residual" => {
            "The largest difference between what a venue says it holds and opening plus trades less fees plus funding. \
             Zero: every asset at every venue is accounted for."
        }
        "Gap" => "Net of the second run less net of the first. The parts sum to it exactly.",
        "Filled amounts" => {
            "Of paired round trips: that the second run filled more or less than the first, at the first run's net a unit."
        }
        "Prices and latency" => {
            "Of paired round trips: other prices on the same quantity, which is what other latencies and slippage make."
        }
        "Other fees" => "Other fees on the same quantity.",
        "Other funding" => "Other funding on the same quantity.",
        "Missed round trips" => {
            "Net of the round trips that the first run made and the second did not, taken away. Those of equal task, \
             instruments and sides that were opened within five seconds are paired."
        }
        "Extra round trips" => {
            "Net of the round trips that the second run made and the first did not."
        }
        "Outside of round trips" => {
            "What belongs to no round trip: orders and funding by themselves."
        }
        "Orders" => "Orders that were sent.",
        "Fills" => "Executions, each counted once by the venue's id.",
        "Opening" => "The venue's first word on the balance.",
        "Expected" => "Opening plus trades less fees plus funding.",
        "Reported" => "The venue's last word on the balance.",
        "Residual" => "Reported less expected; must be zero.",
        "Trades" => "What fills brought and took of this asset.",
        "Quantity" => "Signed: positive is long.",
        "Cost" => "Signed cost of what is open, in the settlement asset.",
        "Mark" => "The bid for a long, the ask for a short: what closing would trade at first.",
        "Unrealised" => "What closing at the mark would realise, before fees.",
        _ => "",
    }
}
