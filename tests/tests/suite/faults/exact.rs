//! The generator's own arithmetic: ratios of whole numbers, and figures as they are written.

/// A ratio; the divisor is above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    above: i128,
    below: i128,
}

impl Ratio {
    pub fn new(above: i128, below: i128) -> Self {
        if below < 0 { Self { above: -above, below: -below } } else { Self { above, below } }
    }

    pub fn times(self, factor: i128) -> Self {
        Self { above: self.above * factor, ..self }
    }

    /// Rounded half up, away from zero, to so many decimals: the figure as a whole number of its last digit.
    fn rounded(self, decimals: u32) -> i128 {
        let scaled = self.above.abs() * 10_i128.pow(decimals);
        let rounded = (2 * scaled + self.below) / (2 * self.below);
        rounded * self.above.signum()
    }

    fn cut(self, decimals: u32) -> i128 {
        self.above * 10_i128.pow(decimals) / self.below
    }

    /// As a report writes it, without needless zeros.
    pub fn write(self, decimals: u32) -> String {
        written(self.rounded(decimals), decimals)
    }

    /// Whether it is what is written, rounded; or else only when cut off.
    pub fn gives(self, text: &str) -> Option<bool> {
        let (figure, decimals) = read(text);
        match () {
            () if self.rounded(decimals) == figure => Some(true),
            () if self.cut(decimals) == figure => Some(false),
            () => None,
        }
    }

    /// As a report writes it that cuts figures off, where that differs from rounding.
    pub fn write_cut(self, decimals: u32) -> Option<String> {
        (self.cut(decimals) != self.rounded(decimals)).then(|| exactly(self.cut(decimals), decimals))
    }
}

/// A figure with all of its decimals.
pub fn exactly(figure: i128, decimals: u32) -> String {
    if decimals == 0 {
        return figure.to_string();
    }
    let one = 10_i128.pow(decimals);
    let sign = if figure < 0 { "-" } else { "" };
    let (whole, rest) = (figure.abs() / one, figure.abs() % one);
    format!("{sign}{whole}.{rest:0width$}", width = decimals as usize)
}

/// A figure without needless zeros.
pub fn written(figure: i128, decimals: u32) -> String {
    let text = exactly(figure, decimals);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A figure as a whole number of its last digit, and its decimals.
pub fn read(text: &str) -> (i128, u32) {
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    (text.replace('.', "").parse().unwrap(), u32::try_from(decimals).unwrap())
}
