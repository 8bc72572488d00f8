//! Which language people are spoken to in: Chinese or English.

use clap::ValueEnum;
use jixiao_proto::jixiao::types::v1::Names;

/// A language of the program's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Chinese.
    #[value(name = "zh")]
    Chinese,
    /// English.
    #[value(name = "en")]
    English,
}

impl Language {
    /// The language for a run: `--lang` if it is among the arguments, else the locale's.
    ///
    /// Read before the arguments are parsed, since their help and their errors are in this language too.
    pub fn of(arguments: &[String], variable: impl Fn(&str) -> Option<String>) -> Self {
        Self::of_arguments(arguments).unwrap_or_else(|| Self::of_locale(variable))
    }

    fn of_arguments(arguments: &[String]) -> Option<Self> {
        let given = arguments.iter().enumerate().find_map(|(at, argument)| match argument.as_str() {
            "--lang" => arguments.get(at + 1).map(String::as_str),
            _ => argument.strip_prefix("--lang="),
        })?;
        Self::from_str(given, false).ok()
    }

    /// The first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set decides, as POSIX has it: zh… is Chinese.
    fn of_locale(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale =
            ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable).find(|set| !set.is_empty());
        if locale.is_some_and(|locale| locale.to_ascii_lowercase().starts_with("zh")) {
            Self::Chinese
        } else {
            Self::English
        }
    }

    /// A resource's name in this language; in Chinese where there is no English one.
    pub fn name(self, names: Option<&Names>) -> String {
        let Some(names) = names else { return String::new() };
        match self {
            Self::English if !names.en.is_empty() => names.en.clone(),
            _ => names.zh.clone(),
        }
    }

    /// One of two texts.
    pub fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Self::Chinese => zh,
            Self::English => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_before_locale_and_the_first_variable_that_is_set() {
        type Row = (&'static [&'static str], &'static [(&'static str, &'static str)], Language);
        let rows: &[Row] = &[
            (&[], &[], Language::English),
            (&[], &[("LANG", "zh_CN.UTF-8")], Language::Chinese),
            (&[], &[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")], Language::English),
            (&[], &[("LANG", "en_US"), ("LC_MESSAGES", "zh_TW")], Language::Chinese),
            (&[], &[("LC_ALL", ""), ("LANG", "zh")], Language::Chinese),
            (&["demo", "--lang", "zh"], &[("LC_ALL", "C")], Language::Chinese),
            (&["--lang=en", "demo"], &[("LC_ALL", "zh_CN")], Language::English),
            (&["--lang", "fr"], &[("LC_ALL", "zh_CN")], Language::Chinese),
        ];
        for (arguments, variables, language) in rows {
            let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            let read = |name: &str| {
                variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string())
            };
            assert_eq!(Language::of(&arguments, read), *language, "{arguments:?} {variables:?}");
        }
    }
}
