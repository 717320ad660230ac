//! Market data of every venue, against servers that speak as it does.
