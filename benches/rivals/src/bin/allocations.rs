//! Prints the heap allocations of each cell, one line for each, in the order of the cells. This is a program
//! of its own, because its counting allocator takes time.

use allocation_counter::measure;
use rivals::cell::cells;
use rivals::row::rows;
use std::hint::black_box;

fn main() {
    // Shows that the counter counts: a box is one allocation.
    assert_eq!(measure(|| drop(black_box(Box::new(1)))).count_total, 1);
    for mut cell in cells(rows()).0 {
        cell.work.prepare();
        let count = measure(|| cell.work.run()).count_total;
        println!("{}", cell.per_packet(count as f64));
    }
}
