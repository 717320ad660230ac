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
            "The deepest fall below the highest value so far, the start counting as one: of capital and net at mids where \
             capital is known, else of cumulative net of closed round trips."
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
        "Prices at decision" => {
            "Of paired round trips: other prices when they were decided on, on the same quantity."
        }
        "Latency" => {
            "Of paired round trips: how prices moved until venues had the orders and until the later legs were hedged."
        }
        "Slippage and repair" => {
            "Of paired round trips: what trades got beside the touch or the mid then, and what repairs cost."
        }
        "Other fees" => "Other fees on the same quantity.",
        "Other funding" => "Other funding on the same quantity.",
        "Missed round trips" => {
            "Net of the round trips that the first run made and the second did not, taken away. Those of equal task, \
             instruments and sides that were opened within five seconds are paired."
        }
        "Not in the common time" => {
            "Net of the round trips of either run from when the other saw no market: the second's less the first's."
        }
        "Extra round trips" => {
            "Net of the round trips that the second run made and the first did not."
        }
        "Outside of round trips" => {
            "What belongs to no round trip: orders and funding by themselves."
        }
        "Orders" => "Orders that were sent.",
        "Fills" => "Executions, each counted once by the venue's id.",
        "APR" => {
            "Net over average capital, times 365 over the days of the run; not compounding. From one day on."
        }
        "Sharpe" => {
            "Mean over standard deviation (ddof 1) of daily returns less the risk-free one, times the root of 365. From 30 days on; never across other buckets."
        }
        "Period return" => "Gain over the whole run, as a fraction of the capital at its start.",
        "CAGR" => "Compound growth a year by elapsed time. From 30 days on.",
        "Volatility" => "Standard deviation (ddof 1) of daily returns, times the root of 365.",
        "Sharpe, Newey-West" => {
            "The same mean over the long-run deviation of Newey and West, for returns that follow from each other."
        }
        "Sharpe, Lo" => "Annualised as Lo has it for returns that follow from each other.",
        "Probabilistic Sharpe" => {
            "How likely the true ratio is above nothing, given length, skew and kurtosis."
        }
        "Deflated Sharpe" => {
            "How likely it is above the best of as many ratios of nothing as parameter sets were tried."
        }
        "Sortino" => {
            "Mean over the root of the mean squared shortfall, all days in the denominator, times the root of 365."
        }
        "Calmar" => "Compound growth over the depth of the deepest daily fall.",
        "Skew" => "Skew of daily returns.",
        "Excess kurtosis" => "Kurtosis of daily returns beyond the normal distribution's.",
        "Value at risk, 95 %" => "The daily return that one day in twenty is below, from history.",
        "Expected shortfall, 95 %" => {
            "Mean daily return of the days at or below the value at risk."
        }
        "Winning days" => "Days with a gain, of all days.",
        "Best day" => "The best daily return.",
        "Worst day" => "The worst daily return.",
        "Daily drawdown" => {
            "Deepest fall of daily capital from its highest value, the start counting as one."
        }
        "Orders with a fill" => "Orders that traded at all, of those sent.",
        "Maker ratio" => "Value of fills of resting orders, of the value of all fills.",
        "All legs hedged" => {
            "Round trips whose legs were all hedged once, of those with several legs."
        }
        "Legging rate" => "Round trips whose legs were apart for more than a second.",
        "Hedge latency p50, ms" => {
            "From the fill that set legs apart to the one that hedged 99 %: half took no longer."
        }
        "Hedge latency p90, ms" => "Nine of ten took no longer.",
        "Hedge latency p99, ms" => "Ninety-nine of a hundred took no longer.",
        "Hedge latency max, ms" => "The longest.",
        "Unhedged value x seconds" => {
            "Value that was not hedged, times the seconds that it was not."
        }
        "Most unhedged" => "The largest value that was not hedged at a moment.",
        "Ended by age" => "Round trips that ended by their age, of those that ended.",
        "Edge capture" => "Gross over the edge at decision.",
        "Decision edge, bps" => "Edge at decision over traded value.",
        "Realised edge, bps" => "Gross over traded value.",
        "Implementation shortfall" => {
            "Delay, legging, slippage and repair together; less than nothing is a cost."
        }
        "Fee ratio" => "Fees over gross.",
        "Cost a million" => "Fees and shortfall of a million traded.",
        "Turnover a day" => "Traded value over capital, a day.",
        "Return on exposure" => "Net over what stood in the market on average, a year.",
        "Funding yield" => "Funding over the value of futures that were held, a year.",
        "Funding break-even, days" => "Days of that funding which pay the fees and the shortfall.",
        "Mean exposure" => {
            "Value of all positions as magnitudes, mean over time from the first fill."
        }
        "Most exposure" => "The largest value of all positions at a moment.",
        "Repair fills" => {
            "Fills that brought legs back to balance; their cost stands under Repair."
        }
        "Tick to wire, s" => {
            "From an event's receipt to the order on the wire. Journals hold no time of the wire; what is known are the delays by venue."
        }
        "Reconnects" => "Connections that came back, by the news of feeds that the journal holds.",
        "Stale, s" => "Seconds that instruments were without a connection, added up.",
        "Entry, mean" => "Mean basis of average entry prices, second leg over first.",
        "Entry, deviation" => "Standard deviation (ddof 1) of the same.",
        "Entry, p5" => "One entry of twenty was at this basis or below.",
        "Entry, median" => "Half of the entries were at this basis or below.",
        "Entry, p95" => "Nineteen entries of twenty were at this basis or below.",
        "Exit, mean" => "Mean basis of average exit prices, second leg over first.",
        "Exit, deviation" => "Standard deviation (ddof 1) of the same.",
        "Exit, p5" => "One exit of twenty was at this basis or below.",
        "Exit, median" => "Half of the exits were at this basis or below.",
        "Exit, p95" => "Nineteen exits of twenty were at this basis or below.",
        "Half-life, s" => {
            "Seconds in which half of a deviation of the basis is gone: by the regression of each bucket's last mids on those of the bucket before."
        }
        "Taken of what was offered" => {
            "Basis that the round trips took, over the widest move of mids that each could have had between the trip before and the next, entered first and left later."
        }
        "Decision edge" => {
            "What the same trades would have realised at the prices that they were decided on."
        }
        "Delay" => "The touch when the venue had the order, beside the touch at the decision.",
        "Legging" => {
            "The touch when the venue had the later leg's order, beside the touch when another leg's fill had set the legs apart."
        }
        "Slippage" => "What takers traded at, beside the touch when the venue had the order.",
        "Spread capture" => "What resting orders traded at, beside the mid at their fill.",
        "Repair" => "What trades that brought the legs back to balance cost.",
        "Venue closings" => "What the venue's own closing of positions brought.",
        "Rebates" => "Worth of negative fees.",
        "Residual basis" => "Change of marks since the decision, of what is open and hedged.",
        "Residual delta" => "Change of marks since the decision, of what is open and not hedged.",
        "Dust and rounding" => "Remainders of closed round trips, and rounding.",
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
