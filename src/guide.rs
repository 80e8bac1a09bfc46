//! How to build with this crate: one page for each task. There is no code here, only text, and examples
//! that run with the tests.
//!
//! | you want to … | see |
//! | --- | --- |
//! | read packets from a socket: blocking, with tokio, in firmware | [`decoding`] |
//! | write the read path of a broker | [`broker`] |
//! | set limits, and know what a hostile peer can cost you | [`limits`] |
//! | speak MQTT over WebSocket | [`websocket`] |
//! | use `select!`, timeouts and cancellation without losing a packet | [`cancel_safety`] |
//! | use Topic Aliases | [`topic_aliases`] |
//! | get along with devices that bend the rules | [`tolerances`] |
//! | tell a peer what was wrong | [`answering_errors`] |
//! | keep packets, forward them, fan them out, bridge versions | [`keeping_and_forwarding`] |
//! | store a last will and publish it | [`wills`] |
//! | come from mqttbytes, rumqttc, mqttrs or mqtt-proto | [`moving`] |
//! | choose features; know the oldest Rust, and what may change | [`compatibility`] |

/// A page, and the links to what only some features have: into these docs where it is there, else to where it is
/// shown.
macro_rules! pages {
    ($( $name:ident ),* $(,)?) => {
        $(
            #[cfg_attr(feature = "tokio-util", doc = include_str!("guide/links/here.md"))]
            #[cfg_attr(not(feature = "tokio-util"), doc = include_str!("guide/links/elsewhere.md"))]
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
    websocket,
    wills,
}
