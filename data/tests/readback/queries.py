import duckdb
import pandas as pd
import polars as pl
from pathlib import Path

# DuckDB: name the columns and cast each to DOUBLE file by file, before the files meet. (Over files of several scales
# at once DuckDB takes the first file's and rounds the others to it.)
files = sorted(Path("catalog").glob("*/*/trade/*.parquet"))
trades = " UNION ALL ".join(
    f"SELECT '{file.parts[1]}' AS venue, '{file.parts[2]}' AS symbol, ts_recv,"
    f" px::DOUBLE AS px, qty::DOUBLE AS qty, side FROM read_parquet('{file}')"
    for file in files
)
found = duckdb.sql(f"SELECT venue, symbol, count(*), min(px), max(px), sum(qty) FROM ({trades}) GROUP BY ALL ORDER BY ALL")
for venue, symbol, n, low, high, volume in found.fetchall():
    print(f"{venue} {symbol} {n} {low:.5f} {high:.5f} {volume:.4f}")

# polars: cast each file's decimals to Float64 before concatenation, which refuses mixed scales.
trades = pl.concat(
    pl.scan_parquet(file)
    .with_columns(pl.col("px", "qty").cast(pl.Float64))
    .with_columns(venue=pl.lit(file.parts[1]), symbol=pl.lit(file.parts[2]))
    for file in files
)
found = trades.group_by("venue", "symbol").agg(
    n=pl.len(), low=pl.col("px").min(), high=pl.col("px").max(), volume=pl.col("qty").sum()
)
for row in found.sort("venue", "symbol").collect().iter_rows(named=True):
    print(f"{row['venue']} {row['symbol']} {row['n']} {row['low']:.5f} {row['high']:.5f} {row['volume']:.4f}")

# pandas: read with Arrow's types (else decimals become objects), then cast.
trades = pd.concat(
    pd.read_parquet(file, dtype_backend="pyarrow", columns=["ts_recv", "px", "qty", "side"])
    .astype({"px": "float64", "qty": "float64"})
    .assign(venue=file.parts[1], symbol=file.parts[2])
    for file in files
)
found = trades.groupby(["venue", "symbol"]).agg(n=("px", "size"), low=("px", "min"), high=("px", "max"), volume=("qty", "sum"))
for (venue, symbol), row in found.iterrows():
    print(f"{venue} {symbol} {row.n:.0f} {row.low:.5f} {row.high:.5f} {row.volume:.4f}")
