//! The guide to this crate: one page for each task. The examples run with the tests.
//!
//! | you want to … | see |
//! | --- | --- |
//! | read packets from a socket: blocking, with tokio, in firmware | [`decoding`] |
//! | write the read path of a broker | [`broker`] |
//! | set limits, and know what a hostile peer can cost you | [`limits`] |
//! | speak MQTT over WebSocket | [`websocket`] |
//! | use `select!`, timeouts and cancellation without a lost byte | [`cancel_safety`] |
//! | use Topic Aliases | [`topic_aliases`] |
//! | accept devices that break the rules | [`tolerances`] |
//! | answer a peer after an error | [`answering_errors`] |
//! | keep packets, forward them, send them to many, bridge versions | [`keeping_and_forwarding`] |
//! | store a last will and publish it | [`wills`] |
//! | move from mqttbytes, rumqttc, mqttrs or mqtt-proto; keep packet types of your own | [`moving`] |
//! | choose features; see the oldest Rust version, and what may change | [`compatibility`] |
//! | look up a term | [`vocabulary`] |

/// Makes a module of each page. Links to items that need a feature point into these docs if the feature is
/// on, else to docs.rs.
macro_rules! pages {
    ($( $name:ident ),* $(,)?) => {
        $(
            #[cfg_attr(feature = "tokio-util", doc = include_str!("guide/links/here.md"))]
            #[cfg_attr(not(feature = "tokio-util"), doc = include_str!("guide/links/elsewhere.md"))]
            #[doc = include_str!("guide/links/pictures.md")]
            ///
            #[doc = include_str!(concat!("guide/", stringify!($name), ".md"))]
            pub mod $name {}
        )*
    };
}

pages! {
    answering_errors,
    broker,
    cancel_safety,
    compatibility,
    decoding,
    keeping_and_forwarding,
    limits,
    moving,
    tolerances,
    topic_aliases,
    vocabulary,
    websocket,
    wills,
}
