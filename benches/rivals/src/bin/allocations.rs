//! Prints the heap allocations of each cell, a line each, in the order of the cells. A program of its own: its
//! allocator counts, and counting takes time.

use allocation_counter::measure;
use rivals::cell::cells;
use rivals::row::rows;
use std::hint::black_box;

fn main() {
    // The control: one box is one allocation.
    assert_eq!(measure(|| drop(black_box(Box::new(1)))).count_total, 1);
    for mut cell in cells(rows()).0 {
        cell.work.prepare();
        let count = measure(|| cell.work.run()).count_total;
        println!("{}", cell.per_packet(count as f64));
    }
}
