//! Finds the circles in a graph, and the layers of a graph without circles.

use crate::graph::Graph;

/// Returns each group of nodes that can all reach each other.
pub fn circles(graph: &Graph) -> Vec<Vec<usize>> {
    groups(graph).into_iter().filter(|group| group.len() > 1).collect()
}

/// Returns the names in layers. Each name uses only names in lower layers. A circle counts as one name.
pub fn layers(graph: &Graph) -> Vec<Vec<String>> {
    let groups = groups(graph);
    let mut group_of = vec![0; graph.len()];
    for (number, group) in groups.iter().enumerate() {
        group.iter().for_each(|node| group_of[*node] = number);
    }
    let mut layers: Vec<Vec<String>> = Vec::new();
    let mut is_placed = vec![false; groups.len()];
    while is_placed.contains(&false) {
        let is_ready = |number: usize| {
            let mut uses = graph.uses().iter().filter(|used| group_of[used.from] == number);
            let may_use = |target: usize| target == number || is_placed[target];
            !is_placed[number] && uses.all(|used| may_use(group_of[used.to]))
        };
        let ready: Vec<usize> = (0..groups.len()).filter(|number| is_ready(*number)).collect();
        layers.push(ready.iter().map(|number| name(graph, &groups[*number])).collect());
        ready.iter().for_each(|number| is_placed[*number] = true);
    }
    layers
}

fn name(graph: &Graph, group: &[usize]) -> String {
    let names = graph.names_of(group).join(", ");
    if group.len() > 1 { format!("(a circle: {names})") } else { names }
}

/// Returns the strongly connected components, including single nodes.
fn groups(graph: &Graph) -> Vec<Vec<usize>> {
    let reaches = reachable(graph);
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (node, reached) in reaches.iter().enumerate() {
        match groups.iter_mut().find(|group| reached[group[0]] && reaches[group[0]][node]) {
            Some(group) => group.push(node),
            None => groups.push(vec![node]),
        }
    }
    groups
}

/// Returns, for each node, the nodes that it reaches over any number of uses.
fn reachable(graph: &Graph) -> Vec<Vec<bool>> {
    let mut reaches = vec![vec![false; graph.len()]; graph.len()];
    for used in graph.uses() {
        reaches[used.from][used.to] = true;
    }
    for middle in 0..graph.len() {
        let onward = reaches[middle].clone();
        for from in reaches.iter_mut().filter(|from| from[middle]) {
            from.iter_mut().zip(&onward).for_each(|(reached, further)| *reached |= further);
        }
    }
    reaches
}
