//! One field of a schedule.

use std::ops::Range;

use super::PatternFault;

/// What one field of a schedule allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    values: u64,
    /// Whether it contains a `*`, with a step or without.
    pub has_star: bool,
}

impl Field {
    /// Tells whether it allows this value.
    pub fn has(self, value: u32) -> bool {
        self.values.checked_shr(value).unwrap_or(0) & 1 == 1
    }

    /// Returns the values it allows in their order.
    pub fn values(self) -> impl DoubleEndedIterator<Item = u32> + Clone {
        (0..u64::BITS).filter(move |value| self.has(*value))
    }

    /// Returns how many values it allows.
    pub fn count(self) -> u32 {
        self.values.count_ones()
    }

    pub(super) fn from(self, least: u32) -> Option<u32> {
        let rest = self.values.checked_shr(least)?;
        (rest != 0).then(|| least + rest.trailing_zeros())
    }

    pub(super) fn parse(word: Word<'_>, kind: &Kind) -> Result<Self, PatternFault> {
        let mut field = Self { values: 0, has_star: false };
        let mut start = word.start;
        for item in word.text.split(',') {
            let item = Word { text: item, start };
            start += item.text.len() + 1;
            field.add(item, kind)?;
        }
        Ok(field)
    }

    /// Adds one item of a list: `*`, `a`, `a-b`, each but the second with a step or without.
    fn add(&mut self, item: Word<'_>, kind: &Kind) -> Result<(), PatternFault> {
        let (range, step) = match item.text.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (item.text, None),
        };
        let (low, high) = if range == "*" {
            self.has_star = true;
            (kind.low, kind.high)
        } else if let Some((low, high)) = range.split_once('-') {
            let low = kind.value(low, item)?;
            // `SAT-SUN` means the Sunday at the end of the week.
            let named_sunday = kind.sunday() && high.eq_ignore_ascii_case("SUN") && low != 0;
            let high = if named_sunday { 7 } else { kind.value(high, item)? };
            if high < low {
                return Err(kind.reversed(item, low, high));
            }
            (low, high)
        } else {
            let value = kind.value(range, item)?;
            if step.is_some() {
                let instead = format!("write `{range}-{}/{}`", kind.high, step.unwrap_or_default());
                return Err(kind.fault(item, "a step follows `*` or a range", instead));
            }
            (value, value)
        };
        let step = match step {
            None => 1,
            Some(step) => kind.step(step, item)?,
        };
        for value in (low..=high).step_by(step) {
            self.values |= 1 << if kind.sunday() { value % 7 } else { value };
        }
        Ok(())
    }
}

/// What may stand in a field.
pub(super) struct Kind {
    name: &'static str,
    low: u32,
    high: u32,
    /// What its names stand for begins with `low`.
    names: &'static [&'static str],
}

pub(super) const MINUTE: Kind = Kind { name: "minute", low: 0, high: 59, names: &[] };
pub(super) const HOUR: Kind = Kind { name: "hour", low: 0, high: 23, names: &[] };
pub(super) const DAY: Kind = Kind { name: "day of month", low: 1, high: 31, names: &[] };
pub(super) const MONTH: Kind = Kind {
    name: "month",
    low: 1,
    high: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
pub(super) const WEEKDAY: Kind =
    Kind { name: "day of week", low: 0, high: 6, names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] };

impl Kind {
    /// Whether 7 is another name of 0 here.
    fn sunday(&self) -> bool {
        self.name == WEEKDAY.name
    }

    fn value(&self, text: &str, item: Word<'_>) -> Result<u32, PatternFault> {
        let highest = if self.sunday() { 7 } else { self.high };
        if !text.is_empty() && text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let value: u32 = text.parse().expect("three digits fit");
            if (self.low..=highest).contains(&value) {
                return Ok(value);
            }
            return Err(self.fault(item, "out of its limits", self.limits()));
        }
        let named = (self.low..).zip(self.names).find(|(_, name)| name.eq_ignore_ascii_case(text));
        named.map(|(value, _)| value).ok_or_else(|| self.unreadable(text, item))
    }

    fn step(&self, text: &str, item: Word<'_>) -> Result<usize, PatternFault> {
        let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let step = digits.and_then(|text| text.parse::<u32>().ok()).unwrap_or_default();
        // Counted from the lowest value anew in each hour, day, month: `*/90` would not be every 90 minutes.
        let most = self.high - self.low + 1;
        if !(1..=most).contains(&step) {
            let hint = format!("the step after `/` is a number from 1 to {most}");
            return Err(self.fault(item, "its step does not fit", hint));
        }
        Ok(step as usize)
    }

    fn unreadable(&self, text: &str, item: Word<'_>) -> PatternFault {
        let upper = text.to_uppercase();
        let hint = if text == "?" {
            "write `*`".to_owned()
        } else if upper.contains(['#', 'L', 'W'])
            && upper.contains(|c: char| c.is_ascii_digit() || "L#".contains(c))
            && upper.chars().all(|c| c.is_ascii_digit() || "LW#".contains(c))
        {
            "`L`, `W` and `#` are of no crontab; let the job run every day and decide in its query".to_owned()
        } else if let Some(name) = self.names.iter().find(|name| 3 < text.len() && upper.starts_with(**name))
        {
            format!("write `{name}`")
        } else {
            self.limits()
        };
        self.fault(item, "it cannot be read", hint)
    }

    fn reversed(&self, item: Word<'_>, low: u32, high: u32) -> PatternFault {
        let (low, high) = (self.show(low), self.show(high));
        let hint = format!(
            "write `{low}-{},{}-{high}` or `{high}-{low}`",
            self.show(self.high),
            self.show(self.low)
        );
        self.fault(item, "the range ends before it begins", hint)
    }

    fn limits(&self) -> String {
        let numbers = format!("the {} is from {} to {}", self.name, self.low, self.high);
        match self.names {
            [] | [_] => numbers,
            [first, .., last] if self.sunday() => {
                format!("{numbers} (0 and 7 are Sunday), or one of {first} to {last}")
            }
            [first, .., last] => format!("{numbers}, or one of {first} to {last}"),
        }
    }

    fn fault(&self, item: Word<'_>, why: &str, hint: String) -> PatternFault {
        let message = format!("the {} of a schedule cannot be `{}`: {why}", self.name, item.text);
        PatternFault { message, hint, place: item.place() }
    }

    pub(super) fn show(&self, value: u32) -> String {
        let index = value.checked_sub(self.low).and_then(|index| usize::try_from(index).ok());
        let name = index.and_then(|index| self.names.get(index));
        name.map_or_else(|| value.to_string(), |name| (*name).to_owned())
    }
}

/// A part of the text and the byte where it begins.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
}

impl Word<'_> {
    pub(super) fn place(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}
