# Prints the decimals of Parquet files, a line a row, as exact text, in the way of one reader.
import decimal
import sys

reader, paths = sys.argv[1], sys.argv[2:]


def put(rows):
    for row in rows:
        print(" ".join(format(cell, "f") for cell in row))


if reader == "polars":
    import polars as pl

    frame = pl.concat([pl.read_parquet(path) for path in paths])
    columns = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Decimal)]
    put(frame.select(columns).iter_rows())
elif reader == "pandas":
    import pandas as pd

    frame = pd.concat([pd.read_parquet(path, dtype_backend="pyarrow") for path in paths])
    columns = [name for name, kind in frame.dtypes.items() if "decimal" in str(kind)]
    put(frame[columns].itertuples(index=False))
else:
    import duckdb

    table = duckdb.sql(f"from read_parquet({paths!r})")
    columns = [name for name, kind in zip(table.columns, table.types) if "DECIMAL" in str(kind)]
    put(table.select(*columns).fetchall())
