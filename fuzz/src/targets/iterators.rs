//! Checks the rules that every iterator must obey.

use std::fmt::Debug;

/// An iterator has as many items as it announces, before and after each item. Returns the items.
#[track_caller]
pub fn has_what_it_announces<T>(mut iterator: impl Iterator<Item = T>) -> Vec<T> {
    let (mut announced, mut items) = (vec![iterator.size_hint()], Vec::new());
    while let Some(item) = iterator.next() {
        items.push(item);
        announced.push(iterator.size_hint());
    }
    for (taken, (least, most)) in announced.into_iter().enumerate() {
        let left = items.len() - taken;
        assert!(least <= left && most.is_none_or(|most| left <= most), "{left} of {least} to {most:?}");
    }
    assert!(iterator.next().is_none() && iterator.next().is_none(), "an item after the end");
    items
}

/// All methods of an iterator give the same items, even after some items were taken.
#[track_caller]
pub fn has_the_same_for_all<T: Debug + PartialEq>(mut iterator: impl Iterator<Item = T> + Clone) {
    let all = has_what_it_announces(iterator.clone());
    // Long lists are taken from their beginning only.
    for at in 0..=all.len().min(8) {
        let left = &all[at..];
        assert!(iterator.clone().zip(left).all(|(one, other)| one == *other), "{left:?}");
        assert_eq!(iterator.clone().count(), left.len());
        assert_eq!(iterator.clone().fold(0, |count, _| count + 1), left.len());
        assert_eq!(iterator.clone().last().as_ref(), left.last());
        for place in [0, left.len() / 2, left.len()] {
            assert_eq!(iterator.clone().nth(place).as_ref(), left.get(place));
            assert_eq!(iterator.clone().skip(place).count(), left.len() - place);
        }
        assert_eq!(iterator.next().as_ref(), left.first());
    }
}
