//! Faults that are planted into small series, each beside a clean twin.
