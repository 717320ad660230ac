//! Exact numbers: prices and quantities as integer mantissas, money as decimals, thresholds in basis points.
//!
//! A mantissa means nothing without its instrument's decimals; arithmetic that needs both lives in
//! [`crate::instrument`]. Dividing a quantity by a price, the defect that sized a rebalance at one
//! hundred-thousandth of what was meant, does not compile:
//!
//! ```compile_fail
//! use onetape_core::num::{Price, Qty};
//! let _ = Qty::new(5) / Price::new(100);
//! ```
//!
//! ```compile_fail
//! use onetape_core::num::{Price, Qty};
//! let _ = Qty::new(5) * Price::new(100);
//! ```

mod bps;
mod fixed;
mod money;

pub use bps::{Bps, Ratio};
pub use fixed::{MANTISSA_MAX, NumberError, Price, Qty, format_fixed, parse_fixed, text_decimals};
pub use money::Money;
pub(crate) use money::power_of_ten;
