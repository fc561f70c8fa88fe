//! Goes through the page as people do: clicks from lists to details, by keys alone, back and forth, and with very many calls.

use serde_json::{Value, json};

use super::support::{DAY, Site, picture, site_and_browser};
use super::webdriver::Browser;

fn click(browser: &Browser, selector: &str) {
    let script = "const found = document.querySelector(arguments[0]); found?.click(); return Boolean(found)";
    assert_eq!(browser.run(script, &[json!(selector)]), Value::Bool(true), "nothing to click at {selector}");
}

fn wait_for_title(browser: &Browser, title: &str) {
    browser.wait_for(title, &format!("return {READY} && document.querySelector('h1').innerText === {}", json!(title)));
}

/// Whether a view is drawn.
pub(crate) const READY: &str = "(document.getElementById('main').childElementCount > 0 && !document.querySelector('#main[aria-busy], #main [aria-busy]'))";

fn day_of(view: &str) -> String {
    format!("#/{view}?from={DAY}&to=2026-01-06&tz=UTC")
}

#[test]
fn people_get_from_lists_to_details_and_back() {
    let Some((site, browser)) = site_and_browser("people_get_from_lists_to_details_and_back") else { return };
    browser.look(1280, 900, "light");
    site.show(&browser, &day_of("queues"));
    let queue = site.busiest_queue();
    click(&browser, "main tbody th a");
    wait_for_title(&browser, &queue);
    assert!(
        browser.run("return location.hash", &[]).as_str().is_some_and(|hash| hash.contains("tz=UTC")),
        "the zone goes along"
    );
    browser.run("history.back()", &[]);
    wait_for_title(&browser, "Queues");
    site.show(&browser, &day_of("agents"));
    let agent = browser.run("return document.querySelector('main tbody th a').innerText", &[]);
    click(&browser, "main tbody th a");
    wait_for_title(&browser, agent.as_str().expect("a name"));
    assert!(
        browser.run("return document.querySelectorAll('.tl .span').length", &[]).as_u64() > Some(3),
        "the day as a strip"
    );
    click(&browser, "main section[aria-label=Calls] tbody th a");
    browser.wait_for(
        "a call",
        &format!("return {READY} && Boolean(document.querySelector('section[aria-label=Timeline] .span'))"),
    );
    site.show(&browser, &day_of("reports"));
    click(&browser, "main .cards a");
    browser.wait_for("a report", &format!("return {READY} && Boolean(document.querySelector('main table tbody tr'))"));
    assert_eq!(browser.faults(), Vec::<String>::new());
}

#[test]
fn a_search_finds_the_calls_of_a_number_and_a_form_sets_a_reports_parameters() {
    let name = "a_search_finds_the_calls_of_a_number_and_a_form_sets_a_reports_parameters";
    let Some((site, browser)) = site_and_browser(name) else { return };
    browser.look(1280, 900, "light");
    let number = site.value("SELECT i.source_address FROM interaction_fact i WHERE i.source_address IS NOT NULL ORDER BY i.source_address LIMIT 1");
    let calls = site.value(&format!("SELECT COUNT(*) FROM interaction_fact i WHERE i.source_address = '{number}'"));
    site.show(&browser, &day_of("calls"));
    let fill =
        "const input = document.getElementById(arguments[0]); input.value = arguments[1]; input.form.requestSubmit()";
    browser.run(fill, &[json!("f-number"), json!(number)]);
    let rows = "document.querySelectorAll('main table tbody tr:not(.space)').length";
    browser.wait_for(
        "the calls of the number",
        &format!("return {READY} && location.hash.includes('number=') && {rows} === {calls}"),
    );
    site.show(&browser, &day_of("reports/queue-summary"));
    browser.run(fill, &[json!("p-queue"), json!(site.busiest_queue())]);
    browser.wait_for("one row", &format!("return {READY} && {rows} === 1"));
    let link = browser.run("return document.querySelector('a[download]').href", &[]);
    let link = link.as_str().expect("a link");
    assert!(link.contains("format=csv") && link.contains("queue="), "a file has the same parameters: {link}");
    let lines = "return fetch(arguments[0]).then((r) => r.text()).then((t) => t.trim().split('\\n').length)";
    assert_eq!(browser.run(lines, &[json!(link)]), json!(2), "a head and the row");
    assert_eq!(browser.faults(), Vec::<String>::new());
}

#[test]
fn everything_can_be_reached_by_keys() {
    let Some((site, browser)) = site_and_browser("everything_can_be_reached_by_keys") else { return };
    browser.look(1280, 900, "light");
    site.show(&browser, &day_of("queues"));
    browser.press("Tab");
    let focused = "return document.activeElement.id || document.activeElement.className";
    assert_eq!(browser.run(focused, &[]), json!("skip"), "the first stop skips to the content");
    browser.press("?");
    browser.wait_for("the help", "return Boolean(document.querySelector('dialog[open]'))");
    browser.press("Escape");
    browser.wait_for("no help", "return !document.querySelector('dialog[open]')");
    browser.press("g");
    browser.press("a");
    wait_for_title(&browser, "Agents");
    browser.run("document.querySelector('main tbody tr[tabindex=\"0\"]').focus()", &[]);
    let row = "return document.activeElement.getAttribute('aria-rowindex')";
    assert_eq!(browser.run(row, &[]), json!("2"));
    browser.press("ArrowDown");
    assert_eq!(browser.run(row, &[]), json!("3"), "the arrow goes to the next row");
    let agent = browser.run("return document.activeElement.querySelector('a').innerText", &[]);
    browser.press("Enter");
    wait_for_title(&browser, agent.as_str().expect("a name"));
    browser.run("document.querySelector('.tl .span').focus()", &[]);
    let span = "return document.activeElement.getAttribute('aria-label')";
    let first = browser.run(span, &[]);
    browser.press("ArrowRight");
    assert_ne!(browser.run(span, &[]), first, "the arrow goes to the next span");
    assert!(
        browser
            .run("return document.querySelector('.tl-detail').innerText", &[])
            .as_str()
            .is_some_and(|t| t.contains("from"))
    );
    browser.press("]");
    browser.wait_for("the day after", "return location.hash.includes('from=2026-01-06')");
    assert_eq!(browser.faults(), Vec::<String>::new());
}

/// Makes the page believe in 2,000 agents and 2,000 open calls.
const MANY: &str = "
    const ask = window.fetch.bind(window);
    const at = (s) => new Date(Date.now() - 1000 * s).toISOString();
    const call = (i) => ({ interaction_id: `${i}`, call_uuid: `u${i}`, interaction_type: 'INBOUND', source_address: `+1555${i}`, target_address: '800', started: at(i),
        state: i % 4 ? 'CONNECTED' : 'QUEUED', state_since: at(i % 300), resource: `A${i}`, agent: null, dn: null, queue: 'VQ', queue_entered: at(i), handled_count: 0 });
    const agent = (i) => ({ agent: `A${i}`, dn: `${i}`, session: `s${i}`, logged_in: at(i), state: i % 2 ? 'READY' : 'BUSY', state_since: at(i % 300), reason: null, workmode: null,
        interaction_id: null, call_uuid: null });
    const all = (make) => ({ total: 2000, more: false, rows: Array.from({ length: 2000 }, (_, i) => make(i)) });
    window.asked = 0;
    window.fetch = (address, options) => {
        if (!String(address).includes('/live')) return ask(address, options);
        window.asked += 1;
        const now = { now: at(0), watermark: at(0), engine: 'parquet', queues: [{ queue: 'VQ', waiting: 500, first_entered: at(1996), longest_wait_ms: 1 }], calls: all(call), call_states: [],
            agents: all(agent), agent_states: [{ state: 'READY', agents: 1000 }, { state: 'BUSY', agents: 1000 }] };
        return Promise.resolve(new Response(JSON.stringify(now)));
    };
    location.hash = '#/live?tz=UTC';
";

#[test]
fn two_thousand_agents_and_calls_are_shown_by_the_rows_in_sight() {
    let name = "two_thousand_agents_and_calls_are_shown_by_the_rows_in_sight";
    let Some((site, browser)) = site_and_browser(name) else { return };
    browser.look(1280, 900, "light");
    site.show(&browser, "#/dictionary");
    browser.run(MANY, &[]);
    wait_for_title(&browser, "Live");
    browser.wait_for("another answer", "return window.asked > 2");
    let rows = browser.run("return document.querySelectorAll('main tr').length", &[]);
    assert!(rows.as_u64().is_some_and(|n| (40..250).contains(&n)), "{rows} rows are drawn of 4,000");
    let last = "const table = [...document.querySelectorAll('.scroll.tall')].at(-1); table.scrollTop = table.scrollHeight;
        return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(table.innerText.includes('A1999'))))) ";
    assert_eq!(browser.run(last, &[]), Value::Bool(true), "the last rows are drawn when they come in sight");
    browser.screenshot(&picture("live-many-1280-light"));
    assert_eq!(browser.faults(), Vec::<String>::new());
}

#[test]
fn a_view_says_how_complete_it_is_and_an_answer_that_fails_is_told() {
    let name = "a_view_says_how_complete_it_is_and_an_answer_that_fails_is_told";
    let Some((site, browser)) = site_and_browser(name) else { return };
    browser.look(1280, 900, "light");
    site.show(&browser, &day_of("queues"));
    let said = browser.run("return document.getElementById('completeness').innerText", &[]);
    let heard = site.value(
        "SELECT MIN(x.watermark_ms) FROM (SELECT c.source AS source, MAX(c.watermark_ms) AS watermark_ms FROM ctl_coverage c GROUP BY c.source) x",
    );
    let heard_ms = heard.parse().expect("a moment");
    let heard = chrono::DateTime::from_timestamp_millis(heard_ms).expect("a moment").format("%b %-d, %Y, %H:%M:%S");
    assert!(said.as_str().is_some_and(|text| text.contains(&heard.to_string())), "{said} does not say {heard}");
    site.show(&browser, "#/calls/no-such-call");
    let alert = browser.run("return document.querySelector('[role=alert]').innerText", &[]);
    assert!(alert.as_str().is_some_and(|text| text.contains("no-such-call")), "{alert}");
    // The browser itself reports an answer of 404.
    browser.faults();
}

impl Site {
    /// Opens a view from nothing and waits until it is drawn.
    pub(crate) fn show(&self, browser: &Browser, hash: &str) {
        browser.open("about:blank");
        browser.open(&format!("{}{hash}", self.address));
        browser.wait_for(hash, &format!("return {READY}"));
    }

    /// The queue that most calls entered.
    pub(crate) fn busiest_queue(&self) -> String {
        self.value(
            "SELECT q.resource_name FROM mediation_segment_fact m JOIN resource_ q ON q.resource_key = m.resource_key \
            JOIN technical_descriptor d ON d.technical_descriptor_key = m.technical_descriptor_key \
            WHERE d.resource_role_code = 'RECEIVED' GROUP BY q.resource_name ORDER BY COUNT(*) DESC, q.resource_name LIMIT 1",
        )
    }

    /// The interaction with most attempts.
    fn longest_interaction(&self) -> String {
        self.value(
            "SELECT a.interaction_id FROM interaction_resource_fact a GROUP BY a.interaction_id \
            ORDER BY COUNT(*) DESC, a.interaction_id LIMIT 1",
        )
    }

    /// The views with numbers, by name.
    pub(crate) fn views(&self) -> Vec<(&'static str, String)> {
        let agent = self.value(
            "SELECT r.employee_id FROM interaction_resource_fact a JOIN resource_ r ON r.resource_key = a.resource_key \
            WHERE r.resource_type_code = 'AGENT' GROUP BY r.employee_id ORDER BY COUNT(*) DESC, r.employee_id LIMIT 1",
        );
        vec![
            ("queues", day_of("queues")),
            ("queue", day_of(&format!("queues/{}", self.busiest_queue()))),
            ("agents", day_of("agents")),
            ("agents-now", format!("{}&show=now", day_of("agents"))),
            ("agent", day_of(&format!("agents/{agent}"))),
            ("calls", day_of("calls")),
            ("call", day_of(&format!("calls/{}", self.longest_interaction()))),
            ("abandoned", day_of("abandoned")),
            ("report", format!("{}&by=hour", day_of("reports/queue-summary"))),
            ("sources", day_of("sources")),
            ("live", "#/live?tz=UTC".to_owned()),
        ]
    }

    /// The views without numbers of their own.
    pub(crate) fn more_views(&self) -> Vec<(&'static str, String)> {
        vec![
            ("reports", day_of("reports")),
            ("report-flow", day_of("reports/interaction-flow")),
            ("report-states", day_of("reports/agent-state-details")),
            ("dictionary", "#/dictionary/interaction_fact?tz=UTC".to_owned()),
        ]
    }
}
