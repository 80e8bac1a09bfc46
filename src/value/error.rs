//! Why a value cannot be what it was meant to be.

use core::fmt;

/// Why a value cannot be what it was meant to be: the error of every constructor of a field value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueError {
    /// More than 65,535 bytes.
    TooLong,
    /// Not well-formed UTF-8.
    IllFormedUtf8,
    /// The string holds U+0000.
    NulCharacter,
    /// A Topic Name or Topic Filter of no characters.
    EmptyTopic,
    /// A Topic Name holds `+` or `#`.
    WildcardInTopicName,
    /// `#` stands before the last level of a Topic Filter.
    HashNotLast,
    /// `#` shares its level with other characters.
    HashNotAlone,
    /// `+` shares its level with other characters.
    PlusNotAlone,
    /// The Share Name of a Shared Subscription is empty (`$share//…`).
    ShareNameEmpty,
    /// The Share Name of a Shared Subscription holds `+` or `#`.
    WildcardInShareName,
    /// A Shared Subscription has no Topic Filter after its Share Name (`$share/name`).
    SharedFilterMissing,
    /// Zero, where the standard wants a number from 1 on.
    Zero,
    /// Above the largest number that the field can hold.
    OutOfRange,
    /// Not the name of a version.
    UnknownVersion,
}

impl ValueError {
    /// What is wrong, in words: what [`Display`](fmt::Display) shows, for `const` code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "longer than 65,535 bytes",
            Self::IllFormedUtf8 => "not well-formed UTF-8",
            Self::NulCharacter => "holds the character U+0000",
            Self::EmptyTopic => "empty, but a topic has at least one character",
            Self::WildcardInTopicName => "a topic name holds no wildcard (`+` or `#`)",
            Self::HashNotLast => "`#` is not the last level of the topic filter",
            Self::HashNotAlone => "`#` does not have its level to itself",
            Self::PlusNotAlone => "`+` does not have its level to itself",
            Self::ShareNameEmpty => "the share name is empty",
            Self::WildcardInShareName => "the share name holds a wildcard (`+` or `#`)",
            Self::SharedFilterMissing => "no topic filter follows the share name",
            Self::Zero => "0, but the number begins at 1",
            Self::OutOfRange => "above the largest number of the field",
            Self::UnknownVersion => "no version of MQTT: there are 3.1, 3.1.1 and 5.0",
        }
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::error::Error for ValueError {}
