//! Values over time, reduced to a number of columns.

use robot_model::{Series, SeriesLine};

/// Largest number of lines of a series that are drawn.
pub(crate) const LINES: usize = 8;

/// The range of a series: first and last time, smallest and largest value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Extent {
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Extent {
    /// `None` if no value was measured.
    pub(crate) fn of(series: &Series) -> Option<Self> {
        let points = series.lines.iter().take(LINES).flat_map(measured);
        points.fold(None, |extent: Option<Self>, (time, value)| {
            let known = extent.unwrap_or(Self { start: time, end: time, low: value, high: value });
            Some(Self {
                start: known.start.min(time),
                end: known.end.max(time),
                low: known.low.min(value),
                high: known.high.max(value),
            })
        })
    }
}

/// Points of a line that have a value.
pub(crate) fn measured(line: &SeriesLine) -> impl DoubleEndedIterator<Item = (f64, f64)> + '_ {
    let points = line.points.iter().filter_map(|point| Some((point.time, point.value?)));
    points.filter(|(time, value)| time.is_finite() && value.is_finite())
}

/// The mean value in each of `count` intervals; `None` if nothing was measured in it.
pub(crate) fn columns(line: &SeriesLine, extent: Extent, count: usize) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0_u32); count];
    let span = (extent.end - extent.start).max(f64::MIN_POSITIVE);
    for (time, value) in measured(line) {
        let column = ((time - extent.start) / span * count as f64) as usize;
        let (sum, n) = &mut sums[column.min(count - 1)];
        (*sum, *n) = (*sum + value, *n + 1);
    }
    sums.into_iter().map(|(sum, n)| (n > 0).then(|| sum / f64::from(n))).collect()
}

/// A sparkline of the values; a space is a gap.
pub(crate) fn sparkline(line: &SeriesLine, extent: Extent) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let height = (extent.high - extent.low).max(f64::MIN_POSITIVE);
    let count = line.points.len().clamp(1, 40);
    let bar = |value: f64| BARS[(((value - extent.low) / height * 7.0).round() as usize).min(7)];
    columns(line, extent, count).into_iter().map(|value| value.map_or(' ', bar)).collect()
}

/// First, smallest, largest and last value of a line, as text; `None` without a value.
pub(crate) fn told(line: &SeriesLine) -> Option<[String; 4]> {
    let values = || measured(line).map(|(_, value)| value);
    let (first, last) = (values().next()?, values().next_back()?);
    let low = values().fold(first, f64::min);
    let high = values().fold(first, f64::max);
    Some([first, low, high, last].map(number))
}

/// A value with few digits.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if !(0.001..1e12).contains(&size) => format!("{value:.2e}"),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

/// A time in UTC, with the date if the series is longer than a day.
pub(crate) fn time(seconds: f64, extent: Extent) -> String {
    let format = match extent.end - extent.start {
        span if span < 600.0 => "%H:%M:%S",
        span if span < 86_400.0 => "%H:%M",
        _ => "%Y-%m-%d",
    };
    let time = jiff::Timestamp::from_second(seconds as i64);
    time.map_or_else(|_| number(seconds), |time| time.strftime(format).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use robot_model::SeriesPoint;

    fn series(values: &[Option<f64>]) -> Series {
        let point =
            |(time, value): (usize, &Option<f64>)| SeriesPoint { time: time as f64, value: *value };
        let points = values.iter().enumerate().map(point).collect();
        let line = SeriesLine { label: "canary".to_owned(), points };
        Series { title: "Latency".to_owned(), unit: "ms".to_owned(), lines: vec![line] }
    }

    #[test]
    fn a_gap_is_neither_zero_nor_closed() {
        let series = series(&[Some(1.0), None, Some(8.0), Some(f64::NAN), Some(4.0)]);
        let extent = Extent::of(&series).unwrap();
        assert_eq!((extent.low, extent.high), (1.0, 8.0));
        assert_eq!(sparkline(&series.lines[0], extent), "▁ █ ▄");
        assert_eq!(told(&series.lines[0]).unwrap(), ["1.0", "1.0", "8.0", "4.0"]);
    }

    #[test]
    fn what_was_never_measured_has_no_extent() {
        assert_eq!(Extent::of(&series(&[None, None])), None);
        let one = series(&[Some(3.0)]);
        assert_eq!(sparkline(&one.lines[0], Extent::of(&one).unwrap()), "▁");
    }

    #[test]
    fn many_points_become_few_columns() {
        let many: Vec<_> = (0..100_000).map(|number| Some(f64::from(number))).collect();
        let many = series(&many);
        let line = sparkline(&many.lines[0], Extent::of(&many).unwrap());
        assert_eq!(line.chars().count(), 40);
        assert!(line.starts_with('▁') && line.ends_with('█'), "{line}");
    }
}
