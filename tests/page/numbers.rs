//! Every number that the page shows, found again by SQL: none differs, and none has no statement.

use std::collections::BTreeMap;

use serde_json::Value;

use super::stated::{PIECES, STATED, Stated};
use super::support::{DAY, Site, site_and_browser, text_of};
use super::webdriver::Browser;

/// Gives the numbers in the content, and texts with digits that nobody says what they are.
const COLLECT: &str = "
    const main = document.getElementById('main');
    main.querySelectorAll('details:not([open])').forEach((folded) => { folded.open = true; });
    const marked = [...main.querySelectorAll('[data-measure]')].filter((n) => n.checkVisibility());
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    const unsaid = [];
    for (let n = walker.nextNode(); n; n = walker.nextNode()) {
        const said = n.parentElement.closest('[data-measure], [data-is], option, .sr');
        if (/[0-9]/.test(n.data) && !said) unsaid.push(n.data);
    }
    return { numbers: marked.map((n) => ({ text: n.innerText.trim(), data: { ...n.dataset } })), unsaid };
";

/// Scrolls every table to its end, step by step, so that rows out of sight are seen too, and collects on the way.
const TABLES: &str =
    "return [...document.querySelectorAll('main .scroll.tall')].filter((s) => s.scrollHeight > s.clientHeight).length";
const SCROLL: &str = "
    const table = [...document.querySelectorAll('main .scroll.tall')].filter((s) => s.scrollHeight > s.clientHeight)[arguments[0]];
    const before = table.scrollTop;
    table.scrollTop = before + table.clientHeight;
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(table.scrollTop > before))));
";

/// Most steps of scrolling in one table.
const MOST_STEPS: usize = 60;

/// Fewest numbers of a view that is worth its name.
const FEWEST: usize = 3;

/// The period that a view shows.
#[derive(Clone, Copy)]
struct Span {
    from_s: i64,
    to_s: i64,
    period_s: i64,
}

/// The simulated day in UTC.
fn day() -> Span {
    let from_s = format!("{DAY}T00:00:00Z").parse::<chrono::DateTime<chrono::Utc>>().expect("a day").timestamp();
    Span { from_s, to_s: from_s + 86_400, period_s: 3_600 }
}

/// Compares what stands on the page, table by table, with what SQL says. Gives how many numbers there were.
fn compare(site: &Site, browser: &Browser, view: &str, span: Span) -> usize {
    let mut faults = Vec::new();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    collect(browser, &mut seen, &mut faults);
    let tables = browser.run(TABLES, &[]).as_u64().unwrap_or_default();
    for table in 0..tables {
        for _ in 0..MOST_STEPS {
            if browser.run(SCROLL, &[table.into()]) != Value::Bool(true) {
                break;
            }
            collect(browser, &mut seen, &mut faults);
        }
    }
    for (about, shown) in &seen {
        let data: BTreeMap<String, String> = serde_json::from_str(about).expect("what a number is about");
        faults.extend(fault_of(site, span, &data, shown));
    }
    faults.sort_unstable();
    faults.dedup();
    assert!(faults.is_empty(), "{view}: {} of {} numbers:\n{}", faults.len(), seen.len(), faults.join("\n"));
    assert!(seen.len() >= FEWEST, "{view} shows {} numbers", seen.len());
    seen.len()
}

fn collect(browser: &Browser, seen: &mut BTreeMap<String, String>, faults: &mut Vec<String>) {
    let found = browser.run(COLLECT, &[]);
    for text in found["unsaid"].as_array().into_iter().flatten() {
        faults.push(format!("{text} is a number that nobody says what it is"));
    }
    for number in found["numbers"].as_array().into_iter().flatten() {
        let (about, text) = (number["data"].to_string(), text_of(&number["text"]));
        if let Some(other) = seen.insert(about.clone(), text.clone())
            && other != text
        {
            faults.push(format!("{about} is {other} and {text} on one page"));
        }
    }
}

/// What is wrong with one number, if anything is.
fn fault_of(site: &Site, span: Span, data: &BTreeMap<String, String>, shown: &str) -> Option<String> {
    let measure = &data["measure"];
    let about: Vec<String> = data.keys().filter(|key| *key != "measure").map(|key| dashed(key)).collect();
    let is_of = |stated: &&Stated| {
        stated.measures.contains(&measure.as_str())
            && stated.about.len() == about.len()
            && about.iter().all(|key| stated.about.contains(&key.as_str()))
    };
    let Some(stated) = STATED.iter().find(is_of) else {
        return Some(format!("no SQL is stated for {measure} of {about:?}"));
    };
    let column = measure.rsplit('.').next().unwrap_or(measure);
    let rows = site.sql(&statement(stated.sql, span));
    let is_row = |row: &&Value| {
        data.iter().all(|(key, value)| key == "measure" || text_of(&row[dashed(key).as_str()]) == *value)
    };
    let said = rows.iter().find(is_row).map_or(Value::Null, |row| only_or(row, column));
    let agrees = match said.as_f64() {
        None => matches!(shown, "\u{2013}" | "0" | "0:00"),
        Some(value) => same(shown, value),
    };
    (!agrees).then(|| format!("{measure} {data:?} is {shown} on the page and {said} by SQL"))
}

/// The column of a row, or its only one.
fn only_or(row: &Value, column: &str) -> Value {
    let columns = row.as_object().expect("a row");
    let only = (columns.len() == 1).then(|| columns.values().next()).flatten();
    columns.get(column).or(only).cloned().unwrap_or_else(|| panic!("no column {column} in {row}"))
}

/// A data attribute's name as it stands in the document.
fn dashed(key: &str) -> String {
    key.chars().flat_map(|c| if c.is_ascii_uppercase() { vec!['-', c.to_ascii_lowercase()] } else { vec![c] }).collect()
}

fn statement(sql: &str, span: Span) -> String {
    let whole = PIECES.iter().fold(sql.to_owned(), |text, (name, piece)| text.replace(name, piece));
    let places = [("{from}", span.from_s), ("{to}", span.to_s), ("{period}", span.period_s)];
    places.iter().fold(whole, |text, (name, value)| text.replace(name, &value.to_string()))
}

/// Whether a text as people read it says this number, as exactly as its form allows.
fn same(shown: &str, value: f64) -> bool {
    let number = |text: &str| text.replace(',', "").parse::<f64>().ok();
    if let Some(share) = shown.strip_suffix('%') {
        return number(share).is_some_and(|n| (n - value * 100.0).abs() < 0.0501);
    }
    if let Some(hours) = shown.strip_suffix(" h") {
        return number(hours).is_some_and(|n| (n - value / 3_600.0).abs() < 0.0501);
    }
    if shown.contains(':') {
        let seconds = shown.split(':').try_fold(0.0, |all, part| Some(all * 60.0 + number(part)?));
        return seconds.is_some_and(|n| (n - value).abs() < 0.501);
    }
    number(shown).is_some_and(|n| (n - value).abs() < 1e-6)
}

#[test]
fn every_number_on_the_page_is_what_sql_says() {
    let name = "every_number_on_the_page_is_what_sql_says";
    let Some((site, browser)) = site_and_browser(name) else { return };
    browser.look(1280, 900, "light");
    let mut numbers = 0;
    for (view, address) in site.views() {
        site.show(&browser, &address);
        numbers += compare(site, &browser, view, day());
        assert_eq!(browser.faults(), Vec::<String>::new(), "{view} says something in the console");
    }
    assert!(numbers > 500, "only {numbers} numbers were compared");
}

#[test]
fn quarter_hours_and_days_of_another_zone_hold_the_same_numbers() {
    let name = "quarter_hours_and_days_of_another_zone_hold_the_same_numbers";
    let Some((site, browser)) = site_and_browser(name) else { return };
    browser.look(1280, 900, "light");
    let busiest = site.busiest_queue();
    site.show(&browser, &format!("#/queues/{busiest}?from={DAY}&to=2026-01-06&tz=UTC&by=quarter-hour"));
    compare(site, &browser, "quarter hours", Span { period_s: 900, ..day() });
    // Half an hour beside full hours, and a day that begins in the evening before by UTC.
    const KOLKATA_S: i64 = 5 * 3_600 + 1_800;
    site.show(&browser, &format!("#/queues?from={DAY}&to=2026-01-06&tz=Asia/Kolkata"));
    let span = Span { from_s: day().from_s - KOLKATA_S, to_s: day().to_s - KOLKATA_S, ..day() };
    compare(site, &browser, "another zone", span);
}

#[test]
fn numbers_are_compared_as_exactly_as_they_are_written() {
    for (shown, value, is_same) in [
        ("1,234", 1_234.0, true),
        ("1,234", 1_235.0, false),
        ("12.3%", 0.123_4, true),
        ("12.3%", 0.124, false),
        ("2:05", 125.4, true),
        ("2:05", 126.0, false),
        ("1:02:05", 3_725.0, true),
        ("102.5 h", 369_000.0, true),
        ("102.5 h", 370_000.0, false),
        ("", 0.0, false),
    ] {
        assert_eq!(same(shown, value), is_same, "{shown} and {value}");
    }
}
