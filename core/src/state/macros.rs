//! Both halves of state from one list of fields.

/// Implements [`State`](crate::state::State) for a struct: the fields that are state, after `each` those that are lists of
/// parts made from configuration, after `perhaps` parts that configuration has or has not, after `fixed` configuration
/// itself. Every field is in one of the lists.
///
/// ```
/// use onetape_core::state::{Loader, Saver, State};
///
/// struct Rule { threshold: i64, seen: u64 }
/// onetape_core::state!(Rule { seen } fixed { threshold });
///
/// let mut saver = Saver::new();
/// Rule { threshold: 5, seen: 7 }.save(&mut saver);
/// let bytes = saver.finish()?;
/// let mut other = Rule { threshold: 5, seen: 0 };
/// other.restore(&mut Loader::new(&bytes)).map_err(|_| "it fits")?;
/// assert_eq!(other.seen, 7);
/// # Ok::<(), &'static str>(())
/// ```
#[macro_export]
macro_rules! state {
    (
        $name:ty { $($field:ident),* $(,)? }
        $(each { $($part:ident),* $(,)? })?
        $(perhaps { $($option:ident),* $(,)? })?
        $(fixed { $($fixed:ident),* $(,)? })?
    ) => {
        impl $crate::state::State for $name {
            fn save(&self, out: &mut $crate::state::Saver) {
                let Self { $($field,)* $($($part,)*)? $($($option,)*)? $($($fixed: _,)*)? } = self;
                $($crate::state::State::save($field, out);)*
                $($($crate::state::save_each($part, out);)*)?
                $($($crate::state::save_each($option.as_slice(), out);)*)?
                let _ = out;
            }

            fn restore(
                &mut self,
                from: &mut $crate::state::Loader<'_>,
            ) -> ::core::result::Result<(), $crate::state::RestoreError> {
                let Self { $($field,)* $($($part,)*)? $($($option,)*)? $($($fixed: _,)*)? } = self;
                $($crate::state::State::restore($field, from)?;)*
                $($($crate::state::restore_each($part, from)?;)*)?
                $($($crate::state::restore_each($option.as_mut_slice(), from)?;)*)?
                let _ = from;
                Ok(())
            }
        }
    };
}

/// Implements [`Value`](crate::state::Value) for a struct by its fields, or for an enumeration by its words and their named
/// fields, in an order that is kept.
///
/// ```
/// use onetape_core::state::{Loader, Saver, Value};
///
/// #[derive(Debug, PartialEq)]
/// enum Stage { Idle, Open { since: i64 } }
/// struct Quote { stage: Stage, left: i64 }
/// onetape_core::value!(enum Stage { Idle, Open { since } });
/// onetape_core::value!(struct Quote { stage, left });
///
/// let mut saver = Saver::new();
/// Quote { stage: Stage::Open { since: 7 }, left: 3 }.put(&mut saver);
/// let bytes = saver.finish()?;
/// let quote = Quote::get(&mut Loader::new(&bytes)).map_err(|_| "it fits")?;
/// assert_eq!((quote.stage, quote.left), (Stage::Open { since: 7 }, 3));
/// # Ok::<(), &'static str>(())
/// ```
#[macro_export]
macro_rules! value {
    (struct $name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::state::Value for $name {
            fn put(&self, out: &mut $crate::state::Saver) {
                let Self { $($field),* } = self;
                $($crate::state::Value::put($field, out);)*
            }

            fn get(
                from: &mut $crate::state::Loader<'_>,
            ) -> ::core::result::Result<Self, $crate::state::RestoreError> {
                Ok(Self { $($field: $crate::state::Value::get(from)?),* })
            }
        }
    };
    (struct $name:ident ($field:ident)) => {
        impl $crate::state::Value for $name {
            fn put(&self, out: &mut $crate::state::Saver) {
                let Self($field) = self;
                $crate::state::Value::put($field, out);
            }

            fn get(
                from: &mut $crate::state::Loader<'_>,
            ) -> ::core::result::Result<Self, $crate::state::RestoreError> {
                $crate::state::Value::get(from).map(Self)
            }
        }
    };
    (enum $name:ident { $($word:ident $({ $($field:ident),* $(,)? })?),* $(,)? }) => {
        impl $crate::state::Value for $name {
            fn put(&self, out: &mut $crate::state::Saver) {
                let words = [$(stringify!($word)),*];
                let place = |word| words.iter().position(|known| *known == word);
                // Every word is named, so that a new one is not forgotten.
                match self {
                    $(Self::$word $({ $($field),* })? => {
                        let at = place(stringify!($word)).unwrap_or_default();
                        $crate::state::Value::put(&(at as u8), out);
                        $($($crate::state::Value::put($field, out);)*)?
                    })*
                }
            }

            fn get(
                from: &mut $crate::state::Loader<'_>,
            ) -> ::core::result::Result<Self, $crate::state::RestoreError> {
                let words = [$(stringify!($word)),*];
                let at: u8 = $crate::state::Value::get(from)?;
                let word = words.get(usize::from(at)).copied();
                $(if word == Some(stringify!($word)) {
                    return Ok(Self::$word $({ $($field: $crate::state::Value::get(from)?),* })?);
                })*
                Err($crate::state::RestoreError::Malformed("words of a list"))
            }
        }
    };
}
