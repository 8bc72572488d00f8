//! Every text that people read, by key, in Chinese and in English.
//!
//! A text is a function: its parts are checked by the compiler in both languages. Help texts of the command line are the
//! exception: in English they stand with the arguments in `cli.rs`, in Chinese in [`help`].

/// Defines texts: `key(parts): "Chinese", "English";`.
macro_rules! texts {
    ($($name:ident($($part:ident),*): $zh:literal, $en:literal;)+) => {
        $(
            pub(crate) fn $name(
                language: $crate::language::Language $(, $part: impl std::fmt::Display)*
            ) -> String {
                match language {
                    $crate::language::Language::Chinese => format!($zh),
                    $crate::language::Language::English => format!($en),
                }
            }
        )+

        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str, &str)] = &[$((stringify!($name), $zh, $en)),+];
    };
}

pub(crate) mod answer;
pub(crate) mod command;
pub(crate) mod compare;
pub(crate) mod error;
pub(crate) mod evaluation;
pub(crate) mod finding;
pub(crate) mod help;
pub(crate) mod portfolio;
pub(crate) mod scheme;
pub(crate) mod verify;
pub(crate) mod warning;
pub(crate) mod what_if;

#[cfg(test)]
mod tests {
    use super::*;

    fn is_chinese(c: char) -> bool {
        ('\u{3400}'..='\u{9fff}').contains(&c)
    }

    #[test]
    fn every_text_exists_in_both_languages() {
        for (key, zh, en) in [
            answer::ALL,
            command::ALL,
            compare::ALL,
            error::ALL,
            evaluation::ALL,
            finding::ALL,
            portfolio::ALL,
            scheme::ALL,
            verify::ALL,
            warning::ALL,
            what_if::ALL,
        ]
        .concat()
        {
            assert!(zh.chars().any(is_chinese), "{key} in Chinese: {zh}");
            assert!(!en.is_empty() && !en.chars().any(is_chinese), "{key} in English: {en}");
        }
    }
}
