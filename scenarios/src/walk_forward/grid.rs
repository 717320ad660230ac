//! The points that a walk tries: every combination of some values of some keys.

/// Most points of a grid.
const POINTS_MAX: usize = 100_000;

/// A key of the scenario and the values that it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// As `--set` takes it.
    pub key: String,
    /// As `--set` takes them, in their order.
    pub values: Vec<String>,
}

impl Axis {
    /// From `key=a,b,c`. Commas within brackets or quotes do not part values.
    ///
    /// # Errors
    /// What is wrong, and the fix.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((key, values)) = text.split_once('=') else {
            return Err("has no `=`; write --grid key=a,b,c".into());
        };
        let (key, values) = (key.trim(), split(values));
        if key.is_empty() || values.iter().any(String::is_empty) {
            return Err("lacks a key or a value; write --grid key=a,b,c".into());
        }
        let twice = values.iter().enumerate();
        let mut twice = twice.filter(|(at, value)| values[..*at].contains(value));
        if let Some((_, value)) = twice.next() {
            return Err(format!("has {value} twice; give each value once"));
        }
        Ok(Self {
            key: key.to_string(),
            values,
        })
    }
}

fn split(text: &str) -> Vec<String> {
    let (mut depth, mut quoted) = (0_i32, false);
    let parts = text.split(|c: char| {
        match c {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0 && !quoted
    });
    parts.map(|part| part.trim().to_string()).collect()
}

/// Every combination, counted with the last axis turning fastest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    axes: Vec<Axis>,
}

impl Grid {
    /// Of some axes; of none, the one point that is the scenario itself.
    ///
    /// # Errors
    /// When a key is given twice, or there are too many points.
    pub fn new(axes: Vec<Axis>) -> Result<Self, String> {
        for (at, axis) in axes.iter().enumerate() {
            if axes[..at].iter().any(|earlier| earlier.key == axis.key) {
                return Err(format!(
                    "{} is given twice; give all its values in one --grid",
                    axis.key
                ));
            }
        }
        let product = |points: usize, axis: &Axis| points.checked_mul(axis.values.len());
        let points = axes.iter().try_fold(1, product);
        match points {
            Some(points) if points <= POINTS_MAX => Ok(Self { axes }),
            _ => Err(format!(
                "more than {POINTS_MAX} points; give fewer values or fewer keys"
            )),
        }
    }

    /// The axes.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// How many points there are.
    pub fn len(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// Never: there is always a point.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A point's value of each axis.
    pub fn point(&self, index: usize) -> Vec<&str> {
        let mut rest = index;
        let mut values: Vec<&str> = Vec::with_capacity(self.axes.len());
        for axis in self.axes.iter().rev() {
            values.push(&axis.values[rest % axis.values.len()]);
            rest /= axis.values.len();
        }
        values.reverse();
        values
    }

    /// A point as `--set` takes it.
    pub fn sets(&self, index: usize) -> Vec<String> {
        let values = self.point(index).into_iter();
        let pairs = self.axes.iter().zip(values);
        pairs
            .map(|(axis, value)| format!("{}={value}", axis.key))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_comes_once_in_order() {
        let axes = ["a=1,2", "b.c = x, y,z"].map(|text| Axis::parse(text).unwrap());
        let grid = Grid::new(axes.to_vec()).unwrap();
        let points: Vec<_> = (0..grid.len()).map(|at| grid.sets(at).join(" ")).collect();
        assert_eq!(
            points,
            [
                "a=1 b.c=x",
                "a=1 b.c=y",
                "a=1 b.c=z",
                "a=2 b.c=x",
                "a=2 b.c=y",
                "a=2 b.c=z"
            ]
        );
        let none = Grid::new(Vec::new()).unwrap();
        assert_eq!((none.len(), none.point(0)), (1, Vec::new()));
    }

    #[test]
    fn commas_within_brackets_part_nothing() {
        let axis = Axis::parse(r#"l={ uniform = ["1ms", "2ms"] },"3,ms",4ms"#).unwrap();
        assert_eq!(
            axis.values,
            [r#"{ uniform = ["1ms", "2ms"] }"#, r#""3,ms""#, "4ms"]
        );
    }

    #[test]
    fn what_is_no_grid_is_refused() {
        for (text, says) in [
            ("a", "no `=`"),
            ("=1", "lacks a key"),
            ("a=", "lacks a key or a value"),
            ("a=1,,2", "lacks a key or a value"),
            ("a=1,2,1", "has 1 twice"),
        ] {
            let refused = Axis::parse(text).unwrap_err();
            assert!(refused.contains(says), "{text}: {refused}");
        }
        let axis = |text: &str| Axis::parse(text).unwrap();
        assert!(Grid::new(vec![axis("a=1"), axis("a=2")]).is_err());
        let many: Vec<String> = (0..400).map(|value| value.to_string()).collect();
        let many = many.join(",");
        let axes = ["a", "b"].map(|key| axis(&format!("{key}={many}")));
        assert!(Grid::new(axes.to_vec()).unwrap_err().contains("100000"));
    }
}
