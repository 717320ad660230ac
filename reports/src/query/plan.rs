//! What a question means over the columns of a file.

use super::QueryError;
use super::field::{Columns, Field, Holds};
use super::filter::{Filter, Wanted};
use super::group::Figure;
use super::value::Value;
use crate::tables::Kind;

/// Columns of amounts, with those that may name what they are counted in: the first that a file has.
const COUNTED_IN: [(&[&str], &[&str]); 5] = [
    (&["fee"], &["fee_asset"]),
    (&["worth"], &["worth_asset"]),
    (&["value", "fee_worth"], &["settle"]),
    (
        &[
            "qty",
            "entry_qty",
            "exit_qty",
            "repair_qty",
            "left",
            "price",
            "entry_price",
            "exit_price",
            "repair_price",
        ],
        // Of the ledger an asset; of fills and trades the base of an instrument.
        &["balance", "instrument"],
    ),
    (&[], &["asset", "unit"]),
];

/// What a figure is: its name, and of which column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub name: String,
    pub figure: Figure,
    /// Place among the columns that are summed; none for a count of rows.
    pub of: Option<usize>,
    /// Place among the keys of what it is counted in.
    pub unit: Option<usize>,
}

/// The question over the columns of its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub grouped: bool,
    /// Keys of the groups, or the columns of a list of rows.
    pub keys: Vec<Field>,
    /// Columns that figures are of.
    pub summed: Vec<Field>,
    pub shown: Vec<Shown>,
    pub filters: Vec<Filter>,
    /// Columns of the answer to sort by, and whether downwards.
    pub sort: Vec<(usize, bool)>,
}

impl Plan {
    pub(super) fn of(
        asked: &super::Asked,
        file: &str,
        columns: &Columns,
    ) -> Result<Self, QueryError> {
        let refused = |word: &str, why: String| QueryError::Word {
            file: file.to_owned(),
            word: word.to_owned(),
            why,
        };
        let field = |word: &String| Field::find(word, columns).map_err(|why| refused(word, why));
        let filter = |text: &String| Filter::parse(text, columns).map_err(|why| refused(text, why));
        let is_field = |word: &String| Field::find(word, columns).is_ok();
        let mut plan = Self {
            grouped: !asked.by.is_empty() || asked.show.iter().any(|word| !is_field(word)),
            keys: Vec::new(),
            summed: Vec::new(),
            shown: Vec::new(),
            filters: asked.filters.iter().map(filter).collect::<Result<_, _>>()?,
            sort: Vec::new(),
        };
        if plan.grouped {
            plan.keys = asked.by.iter().map(field).collect::<Result<_, _>>()?;
            let rows = ["rows".to_owned()];
            let show = if asked.show.is_empty() {
                &rows
            } else {
                &asked.show[..]
            };
            for word in show {
                plan.show(word, columns).map_err(|why| refused(word, why))?;
            }
            plan.is_whole(columns).map_err(|why| refused("by", why))?;
        } else if asked.show.is_empty() {
            let all = columns.iter().map(|(name, _)| name);
            plan.keys = all.filter_map(|name| field(name).ok()).collect();
        } else {
            plan.keys = asked.show.iter().map(field).collect::<Result<_, _>>()?;
        }
        for word in &asked.sort {
            plan.sort_by(word).map_err(|why| refused(word, why))?;
        }
        Ok(plan)
    }

    /// Adds a figure, and with it what it is counted in to the keys: amounts of unlike assets are never added.
    fn show(&mut self, word: &str, columns: &Columns) -> Result<(), String> {
        if word == "rows" {
            self.shown.push(Shown {
                name: word.to_owned(),
                figure: Figure::Rows,
                of: None,
                unit: None,
            });
            return Ok(());
        }
        let (column, figure) = word
            .rsplit_once('.')
            .and_then(|(column, figure)| Some((column, Figure::named(figure)?)))
            .ok_or_else(|| {
                format!(
                    "is no figure; write rows, or COLUMN.FIGURE with one of {}",
                    Figure::names()
                )
            })?;
        let field = Field::find(column, columns).map_err(|why| format!("{column} {why}"))?;
        if field.holds == Holds::Time && !matches!(figure, Figure::Min | Figure::Max) {
            return Err("a time has only min and max".into());
        }
        let unit = self.unit(&field, columns);
        let known = self.summed.iter().position(|own| *own == field);
        let of = known.unwrap_or(self.summed.len());
        if known.is_none() {
            self.summed.push(field);
        }
        self.shown.push(Shown {
            name: word.to_owned(),
            figure,
            of: Some(of),
            unit,
        });
        Ok(())
    }

    /// The key that says what a column is counted in, added where nobody asked for it.
    fn unit(&mut self, field: &Field, columns: &Columns) -> Option<usize> {
        if field.part.is_some() || !matches!(field.holds, Holds::Number | Holds::Text) {
            return None;
        }
        // The part of its name that a table of an earlier question may have added to.
        let name = field.column.split('.').next().unwrap_or_default();
        let has = |name: &str| columns.iter().any(|(known, _)| known == name);
        let (_, units) = COUNTED_IN
            .iter()
            .find(|(names, _)| names.is_empty() || names.contains(&name))?;
        let unit = match units.iter().find(|unit| has(unit))? {
            &"balance" => "asset",
            unit => unit,
        };
        let key = Field::find(unit, columns).ok()?;
        let known = self
            .keys
            .iter()
            .position(|own| own.column == key.column && own.part.is_none());
        if known.is_none() {
            self.keys.push(key);
        }
        known.or(Some(self.keys.len() - 1))
    }

    /// A table that holds its total once for each way to break it down is not summed over all of them.
    fn is_whole(&self, columns: &Columns) -> Result<(), String> {
        let has = columns.iter().any(|(name, _)| name == "by");
        let keyed = self.keys.iter().any(|key| key.column == "by");
        let is = |filter: &Filter| {
            filter.field.column == "by" && matches!(filter.wanted, Wanted::Text(_))
        };
        if !has || keyed || self.filters.iter().any(is) {
            return Ok(());
        }
        Err("the rows of each `by` of this table sum to the same total; choose one by --where by=venue, or group --by by,name".into())
    }

    fn sort_by(&mut self, word: &str) -> Result<(), String> {
        let (name, down) = match word.strip_prefix('-') {
            Some(name) => (name, true),
            None => (word, false),
        };
        let names = self.names();
        let at = names.iter().position(|known| *known == name);
        let missing = || format!("is no column of the answer; it has {}", names.join(", "));
        let at = at.ok_or_else(missing)?;
        self.sort.push((at, down));
        Ok(())
    }

    /// Names of the answer's columns.
    pub(super) fn names(&self) -> Vec<&str> {
        let keys = self.keys.iter().map(|key| key.name.as_str());
        let shown = self.shown.iter().map(|shown| shown.name.as_str());
        keys.chain(shown).collect()
    }

    /// What the answer's columns hold.
    pub(super) fn kinds(&self) -> Vec<Kind> {
        let kind = |holds: &Holds| match holds {
            Holds::Text | Holds::Other(_) => Kind::Text,
            Holds::Whole => Kind::Count,
            Holds::Number => Kind::Amount,
            Holds::Time => Kind::Time,
            Holds::Flag => Kind::Flag,
        };
        let of = |shown: &Shown| match shown.of {
            None => Kind::Count,
            Some(at) if self.summed[at].holds == Holds::Time => Kind::Time,
            Some(_) => Kind::Amount,
        };
        let keys = self.keys.iter().map(|key| kind(&key.holds));
        keys.chain(self.shown.iter().map(of)).collect()
    }

    /// Sorts rows of the answer; those that are equal stay as they are.
    pub(super) fn order(&self, rows: &mut [Vec<Value>]) {
        rows.sort_by(|a, b| {
            let compared = self.sort.iter().map(|(at, down)| {
                let order = a[*at].cmp(&b[*at]);
                // What is not known comes last either way.
                let known = a[*at] != Value::Empty && b[*at] != Value::Empty;
                if *down && known {
                    order.reverse()
                } else {
                    order
                }
            });
            compared.fold(std::cmp::Ordering::Equal, |all, next| all.then(next))
        });
    }

    /// In what the columns of another file differ.
    pub(super) fn differs(&self, other: &Self) -> Option<String> {
        let fields = |plan: &Self| {
            let filters = plan.filters.iter().map(|filter| &filter.field);
            let all: Vec<Field> = plan
                .keys
                .iter()
                .chain(&plan.summed)
                .chain(filters)
                .cloned()
                .collect();
            all
        };
        let (own, others) = (fields(self), fields(other));
        let mut pairs = own.iter().zip(&others);
        let unlike = pairs.find(|(a, b)| a != b);
        match unlike {
            Some((a, b)) if a.name == b.name => {
                let (a_holds, b_holds) = (a.holds.words(), b.holds.words());
                Some(format!("{} is {b_holds} and was {a_holds}", a.name))
            }
            Some((a, b)) => Some(format!("{} stands where {} did", b.name, a.name)),
            None => (self != other).then(|| "it has others".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Asked;
    use crate::tables::{ALL, Table};

    fn columns(table: &Table) -> Vec<(String, Holds)> {
        let holds = |kind| match kind {
            Kind::Text => Holds::Text,
            Kind::Count => Holds::Whole,
            Kind::Time => Holds::Time,
            Kind::Amount => Holds::Number,
            Kind::Flag => Holds::Flag,
        };
        let all = table.columns.iter();
        all.map(|(name, kind, _)| ((*name).to_owned(), holds(*kind)))
            .collect()
    }

    fn plan(table: &str, by: &str, show: &str) -> Result<Plan, QueryError> {
        let table = ALL.iter().find(|own| own.name == table).unwrap();
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let asked = Asked {
            by: words(by),
            show: words(show),
            ..Asked::default()
        };
        Plan::of(&asked, "t", &columns(table))
    }

    #[test]
    fn amounts_come_with_what_they_are_counted_in() {
        let cases = [
            (
                "trades",
                "exit_reason",
                "net.sum",
                "exit_reason asset net.sum",
            ),
            (
                "trades",
                "asset",
                "net.sum fees.mean",
                "asset net.sum fees.mean",
            ),
            (
                "trades",
                "asset",
                "entry_qty.sum",
                "asset instrument entry_qty.sum",
            ),
            (
                "fills",
                "",
                "fee.sum value.sum",
                "fee_asset settle fee.sum value.sum",
            ),
            (
                "fills",
                "side",
                "qty.sum maker.mean",
                "side instrument qty.sum maker.mean",
            ),
            ("ledger", "kind", "qty.sum", "kind asset qty.sum"),
            (
                "ledger",
                "kind",
                "worth.sum rows",
                "kind worth_asset worth.sum rows",
            ),
            ("curve", "at.day", "mid.max", "at.day unit mid.max"),
            ("trades", "leg", "trip.max", "leg trip.max"),
        ];
        for (table, by, show, names) in cases {
            let plan = plan(table, by, show).unwrap();
            assert_eq!(plan.names().join(" "), names, "{table}");
        }
    }

    #[test]
    fn totals_that_stand_there_several_times_are_not_added() {
        let told = plan("attribution", "asset", "net.sum")
            .unwrap_err()
            .to_string();
        assert!(told.contains("--where by=venue"), "{told}");
        assert!(plan("attribution", "by asset", "net.sum").is_ok());
    }

    #[test]
    fn wrong_words_are_told() {
        let cases = [
            ("trades", "", "net.most", "is no figure"),
            ("trades", "task", "net", "is no figure"),
            ("trades", "tusk", "rows", "is no column"),
            ("trades", "task", "closed_at.sum", "only min and max"),
        ];
        for (table, by, show, words) in cases {
            let told = plan(table, by, show).unwrap_err().to_string();
            assert!(told.contains(words), "{told}");
        }
    }
}
