//! The session controllers: which node a call lives on. It never moves between them, and its consult calls live with it.
//!
//! They have no port that is collected. Does not know what happens in a call.

/// Data centers and their nodes, numbered through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionControllers {
    /// Data centers.
    pub centers: usize,
    /// Nodes of each.
    pub nodes_per_center: usize,
}

impl SessionControllers {
    /// Number of the node on which a root call lives that comes in at a data center, and every call that is made out of it: a
    /// data center's calls go round its nodes. `number` is the call's among all of the cluster.
    #[must_use]
    pub fn home(&self, center: usize, number: u64) -> usize {
        // Numbers go round the data centers first.
        let turn = usize::try_from(number / self.centers.max(1) as u64).unwrap_or(usize::MAX);
        center * self.nodes_per_center + turn % self.nodes_per_center.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calls_of_a_data_center_go_round_its_nodes() {
        let cluster = SessionControllers { centers: 2, nodes_per_center: 3 };
        let homes =
            |center: usize| (0..14).filter(move |n| n % 2 == center).map(move |n| cluster.home(center, n as u64));
        assert_eq!(homes(0).collect::<Vec<_>>(), [0, 1, 2, 0, 1, 2, 0]);
        assert_eq!(homes(1).collect::<Vec<_>>(), [3, 4, 5, 3, 4, 5, 3]);
    }
}
