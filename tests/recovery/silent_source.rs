//! A source that is expected and says nothing: facts load and say what is not known, and are restated when it speaks.

use crate::input::{answered_call, login};
use crate::operator::{Site, assert_same};

const EXPECTED: &str = "[[source]]\nname = \"north-tc\"\nswitch = \"north\"\nrole = \"t-controller\"\n";

#[test]
fn calls_load_without_the_agent_side_and_are_restated_when_it_speaks() {
    let site = Site::with_both_marts("a silent source").settings(EXPECTED);
    let calls = answered_call("c-1", 1, 36_000, "7001") + &answered_call("c-2", 11, 37_000, "7002");
    let calls = site.file("calls.jsonl", &calls);
    site.must(&["import", "events", &calls]);
    let matches = "SELECT media_server_root_ixn_guid, agent_match, revision FROM interaction_resource_fact ORDER BY 1";
    assert_eq!(site.sql(matches), ["c-1,unknown,0", "c-2,unknown,0"]);
    let heard = "SELECT state, role, events FROM ctl_coverage WHERE source = 'north-tc'";
    assert_eq!(site.sql(heard), ["never-heard,t-controller,0"]);
    let report = ["report", "queue-summary", "--from", "2026-01-05", "--to", "2026-01-06"];
    assert!(site.must(&report).said.contains("never heard: north-tc"), "a report says what it does not know");

    for from in ["log", "gidb"] {
        site.must(&["rebuild", "--from", from]);
        assert_eq!(site.sql(matches), ["c-1,unknown,0", "c-2,unknown,0"], "rebuilt from {from}");
        assert_eq!(site.sql(heard), ["never-heard,t-controller,0"], "rebuilt from {from}");
    }

    // Ann was there; on 7002 was nobody, and that is known now.
    let agents = site.file("agents.jsonl", &(login("ann", "7001", 1, 35_000, 40_000)));
    site.must(&["import", "events", &agents]);
    assert_eq!(site.sql(matches), ["c-1,final,1", "c-2,none,1"]);
    let who = "SELECT r.resource_name FROM interaction_resource_fact f JOIN resource_ r ON f.resource_key = r.resource_key \
               WHERE f.media_server_root_ixn_guid = 'c-1'";
    assert_eq!(site.sql(who), ["ann"]);
    assert!(site.sql(heard).iter().all(|line| line.starts_with("complete,t-controller,2")), "{:?}", site.sql(heard));
    let restated =
        "SELECT count(DISTINCT fact_key) AS n FROM ctl_restatement WHERE table_name = 'interaction_resource_fact'";
    assert_eq!(site.sql(restated), ["2"]);

    let content = site.content();
    let at_once = Site::with_both_marts("a silent source").settings(EXPECTED);
    at_once.must(&["import", "events", &agents, &calls]);
    assert_same(&content, &at_once.content(), "late against at once");
}
