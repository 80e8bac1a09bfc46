//! Checks that errors keep their contents: in their text, as sources of other errors, and in conversions.

#[cfg(feature = "defmt")]
use super::logs;
#[cfg(feature = "tokio-util")]
use mqtt_wire::codec::CodecError;
#[cfg(feature = "sockets")]
use mqtt_wire::io::{ReadError, WriteError};
use mqtt_wire::*;
use std::error::Error;

/// Every type that carries the error shows its text, and gives the error back.
pub fn of_decoding(error: DecodeError) {
    let text = error.to_string();
    assert!(Error::source(&error).is_none());
    #[cfg(feature = "defmt")]
    logs::show_the_text(error);
    #[cfg(feature = "sockets")]
    {
        let carrier = ReadError::<std::io::Error>::from(error);
        assert!(matches!(carrier, ReadError::Decode(it) if it == error));
        assert_eq!(carrier.to_string(), text);
        assert_eq!(ReadError::Io(std::io::Error::other("cut")).to_string(), "cut");
    }
    #[cfg(feature = "tokio-util")]
    {
        let carrier = CodecError::from(error);
        assert!(matches!(carrier, CodecError::Decode(it) if it == error) && carrier.source().is_none());
        assert_eq!(carrier.to_string(), text);
        let of_system = CodecError::from(std::io::Error::other(error));
        assert_eq!((of_system.to_string(), of_system.source().is_some()), (text, false));
    }
}

/// The text of an error names the field, the version and the numbers in it.
pub fn of_encoding(error: EncodeError) {
    let text = error.to_string();
    let numbers: Vec<usize> = match error {
        EncodeError::NotInVersion { field, version } => {
            assert!(text.contains(&version.to_string()), "{text}");
            let is_packet = matches!(field, inspect::Field::PacketType | inspect::Field::ProtocolLevel);
            assert!(is_packet || text.contains(field.name()), "{field} in {text}");
            Vec::new()
        }
        EncodeError::TooLarge { remaining_length } => vec![remaining_length as usize],
        EncodeError::TooLargeForPeer { needed, maximum } => vec![needed, maximum as usize],
        EncodeError::BufferTooSmall { needed } => vec![needed],
        EncodeError::PayloadIncomplete { left } => vec![left],
        EncodeError::Inconsistent(rule) => {
            assert_eq!(text, rule.to_string());
            Vec::new()
        }
    };
    name_their_numbers(&text, &numbers);
    #[cfg(feature = "defmt")]
    logs::show_the_text(error);
    assert!(Error::source(&error).is_none());
    #[cfg(feature = "sockets")]
    {
        let carrier = WriteError::<std::io::Error>::from(error);
        assert!(matches!(carrier, WriteError::Encode(it) if it == error));
        assert_eq!(carrier.to_string(), text);
        assert_eq!(WriteError::Io(std::io::Error::other("cut")).to_string(), "cut");
        let system = std::io::Error::from(carrier);
        assert_eq!((system.to_string(), system.kind()), (text.clone(), std::io::ErrorKind::InvalidInput));
    }
    #[cfg(feature = "tokio-util")]
    {
        let carrier = CodecError::from(error);
        assert!(matches!(carrier, CodecError::Encode(it) if it == error) && carrier.source().is_none());
        assert_eq!(carrier.to_string(), text);
    }
}

/// The text names the numbers, in this order.
#[track_caller]
pub fn name_their_numbers(text: &str, numbers: &[usize]) {
    let mut digits = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    assert!(numbers.iter().all(|number| digits.any(|digits| digits == number.to_string())), "{text}");
}
