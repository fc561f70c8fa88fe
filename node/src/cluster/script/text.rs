//! The step language: what happens at a small cluster, one step on a line, as a person tells it.
//!
//! `00:20 C1 is routed to 1001`: minutes and seconds since the begin, then who does what. Calls and agents have names, devices
//! are numbers: `RP...` is a routing point, `IVR...` a port of an IVR, `VM...` a voicemail box, `VQ...` a virtual queue,
//! `Q_...` an ACD queue of the ordinary SIP Server beside the cluster, `+...` a number outside, all else a telephone. Knows
//! which step each sentence is and who sits where; not how a step is told (`story`), nor facts.

use std::collections::BTreeMap;

use callmart_schema::event::DnType;

use super::story::{Device, Impossible, Story};
use super::untold::{Untold, is_kind, node_name};
use super::{NODES, SERVER_NAME, SIP_SERVER, Script, Told, id};
use crate::cluster::t_controller::OwnerRules;
use crate::world::Teller;

/// Longest step, in bytes.
const MAX_LINE_BYTES: usize = 500;
/// The word behind which stands what is not told of a step.
const WITHOUT: &str = "without";
/// The word for whoever is outside in a call.
const CUSTOMER: &str = "customer";

/// Why a step cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {cause}")]
pub struct StepError {
    /// Number of the line, from 1.
    pub line: usize,
    /// What is wrong, and what to write.
    pub cause: String,
}

/// What steps come to.
#[derive(Debug, Clone)]
pub struct Played {
    /// The sources.
    pub tellers: Vec<Teller>,
    /// What they told.
    pub told: Told,
}

/// What calls, agents and telephones of some steps are called in the world, so that many steps fit into one.
#[derive(Debug, Clone)]
pub struct Names {
    /// Comes before each name, with a hyphen.
    pub of: String,
}

impl Names {
    /// A call, an agent or a telephone.
    #[must_use]
    pub fn own(&self, name: &str) -> String {
        format!("{}-{name}", self.of)
    }

    /// A device: telephones are the steps' own, everything else is there for all.
    #[must_use]
    pub fn device(&self, name: &str) -> String {
        if kind_of(name) == DnType::DN_TYPE_EXTENSION { self.own(name) } else { name.to_owned() }
    }
}

/// What a device is, by its number.
#[must_use]
pub fn kind_of(name: &str) -> DnType {
    match name {
        _ if name.starts_with("RP") => DnType::DN_TYPE_ROUTING_POINT,
        _ if name.starts_with("IVR") => DnType::DN_TYPE_IVR_PORT,
        _ if name.starts_with("VM") => DnType::DN_TYPE_VOICEMAIL,
        _ if name.starts_with("Q_") => DnType::DN_TYPE_ACD_QUEUE,
        _ if name.starts_with("VQ") => DnType::DN_TYPE_VIRTUAL_QUEUE,
        _ if name.starts_with('+') => DnType::DN_TYPE_EXTERNAL,
        _ => DnType::DN_TYPE_EXTENSION,
    }
}

/// Plays steps, each with the number of its line, from a moment on (microseconds since 1970-01-01 UTC).
///
/// # Errors
/// [`StepError`] at the first line that is no step or cannot be.
pub fn play<'a>(
    steps: impl IntoIterator<Item = (usize, &'a str)>,
    names: &Names,
    start_us: i64,
) -> Result<Played, StepError> {
    let mut player = Player {
        story: Story::on(Script::mixed(start_us, OwnerRules::default())),
        names,
        seats: BTreeMap::new(),
        sessions: 0,
        now_ms: 0,
    };
    for (line, step) in steps {
        player.line(step).map_err(|cause| StepError { line, cause })?;
    }
    let tellers = player.story.script.tellers();
    Ok(Played { tellers, told: player.story.script.told() })
}

/// Steps on their way.
struct Player<'n> {
    story: Story,
    names: &'n Names,
    /// By agent: telephone, and number of the node that owns it.
    seats: BTreeMap<String, (String, usize)>,
    sessions: usize,
    now_ms: i64,
}

impl Player<'_> {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.len() > MAX_LINE_BYTES {
            return Err(format!("it is {} bytes long, and {MAX_LINE_BYTES} are allowed", line.len()));
        }
        let words = words(line)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let [moment, step @ ..] = &words[..] else { return Err("it is empty".to_owned()) };
        let at_ms = moment_ms(moment)?;
        if at_ms < self.now_ms {
            return Err(format!("{moment} is before the step above it: write steps in the order of time"));
        }
        self.now_ms = at_ms;
        self.story.script.at(at_ms);
        let step = self.silence(step)?;
        let own = self.names.own("");
        let is_done = self.agent_step(step).map_err(|cause| cause.replace(&own, ""))?
            || self.consult_step(step)?
            || self.way_step(step)?
            || self.call_step(step)?
            || self.outbound_step(step)?
            || self.center_step(step)?;
        self.story.script.keep_silent(Vec::new());
        if is_done {
            Ok(())
        } else {
            Err(format!("{:?} is no step: tests/flows/data/README.md lists those there are", step.join(" ")))
        }
    }

    /// Keeps silent what stands behind [`WITHOUT`]: kinds of events, each perhaps with the device or call that it is of; gives
    /// the step itself.
    fn silence<'s>(&mut self, step: &'s [&'s str]) -> Result<&'s [&'s str], String> {
        let Some(place) = step.iter().position(|word| *word == WITHOUT) else { return Ok(step) };
        let (step, rest) = (step.get(..place).unwrap_or_default(), step.get(place + 1..).unwrap_or_default());
        let mut untold = Vec::new();
        for words in rest.split(|word| *word == "and") {
            let (kind, of) = match words {
                [kind] => (*kind, String::new()),
                [kind, "of", of] => (*kind, self.meant(of)),
                _ => return Err(format!("behind {WITHOUT:?} stand kinds of events, such as party_added of 1001")),
            };
            if !is_kind(kind) {
                return Err(format!("{kind:?} is no kind of events that are told here, such as party_added"));
            }
            untold.push(Untold { kind: kind.to_owned(), of });
        }
        self.story.script.keep_silent(untold);
        Ok(step)
    }

    /// A device as it is told, or the id of a call.
    fn meant(&self, name: &str) -> String {
        let is_call = self.story.has_begun(&self.names.own(name)) || name.starts_with(['C', 'K']);
        let is_number = name.starts_with(|c: char| c.is_ascii_digit());
        if is_call && !is_number { id(&self.names.own(name)) } else { self.names.device(name) }
    }

    /// Does a step of a data center; false when it is none.
    fn center_step(&mut self, words: &[&str]) -> Result<bool, String> {
        let [center, "is", "lost"] = words else { return Ok(false) };
        let is_in = |node: usize| node_name(node).split('-').next() == Some(*center);
        if !(0..NODES.len()).any(is_in) {
            return Err(format!("{center:?} is no data center: there are dc1 and dc2"));
        }
        self.story.script.lose(center);
        self.story.drop_calls(is_in);
        let (lost, left) = std::mem::take(&mut self.seats).into_iter().partition(|(_, (_, node))| is_in(*node));
        self.seats = left;
        let lost: BTreeMap<String, (String, usize)> = lost;
        for (dn, node) in lost.values() {
            self.story.script.unregister(*node, dn);
        }
        Ok(true)
    }

    /// Does a step of an agent's session; false when it is none.
    fn agent_step(&mut self, words: &[&str]) -> Result<bool, String> {
        match words {
            [who, "logs", "in", "on", dn, "at", node] => self.log_in(who, dn, node_of(node)?)?,
            [who, "logs", "out"] => {
                let (dn, node) = self.seat(who)?;
                let script = &mut self.story.script;
                script.log_out(node, &dn).map_err(|e| e.to_string())?.unregister(node, &dn);
                self.seats.remove(*who);
            }
            [who, "is", "ready"] => {
                let (dn, node) = self.seat(who)?;
                self.story.script.ready(node, &dn).map_err(|e| e.to_string())?;
            }
            [who, "is", "not", "ready", "for", reason] => {
                let (dn, node) = self.seat(who)?;
                self.story.script.not_ready(node, &dn, reason).map_err(|e| e.to_string())?;
            }
            [who, "does", "after-call", "work"] => {
                let (dn, node) = self.seat(who)?;
                self.story.script.after_call_work(node, &dn).map_err(|e| e.to_string())?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn log_in(&mut self, who: &str, dn: &str, node: usize) -> Result<(), String> {
        if self.seats.contains_key(who) {
            return Err(format!("{who} is logged in already: log {who} out first"));
        }
        if kind_of(dn) != DnType::DN_TYPE_EXTENSION {
            return Err(format!("{dn} is no telephone: agents log in on numbers such as 1001"));
        }
        let (own, agent) = (self.names.own(dn), self.names.own(who));
        self.sessions += 1;
        let session = self.names.own(&format!("S{}", self.sessions));
        let script = self.story.script.register(node, &own);
        script.log_in(node, &own, &agent, &session).map_err(|e| e.to_string())?;
        self.seats.insert(who.to_owned(), (own, node));
        Ok(())
    }

    /// Does a step that brings a call to a device; false when it is none.
    fn way_step(&mut self, words: &[&str]) -> Result<bool, String> {
        let names = self.names;
        let own = |name: &str| names.own(name);
        let device = |name: &str| names.device(name);
        let done = match words {
            [call, "arrives", "from", ani, "at", to] => self.story.arrive(0, &own(call), ani, at(&device(to))),
            [call, "arrives", "from", ani, "at", to, "on", node] => {
                self.story.arrive(node_of(node)?, &own(call), ani, at(&device(to)))
            }
            [call, "enters", queue] => self.story.enter(&own(call), queue),
            [call, "is", "cleared", "from", queue] => self.story.clear(&own(call), queue),
            [call, "is", "routed", "to", to] => self.story.route(&own(call), None, at(&device(to))),
            [call, "is", "routed", "to", to, "from", queue] => {
                self.story.route(&own(call), Some(queue), at(&device(to)))
            }
            [call, "is", "routed", "by", "default", "to", to] => {
                self.story.route_by_default(&own(call), at(&device(to)))
            }
            [call, "is", "diverted", "to", to] => self.story.route(&own(call), None, at(&device(to))),
            [call, "goes", "on", "to", to] => self.story.go_on(&own(call), at(&device(to))),
            [call, "is", "redirected", "from", dn, "to", to] => {
                self.story.redirect(&own(call), &device(dn), at(&device(to)))
            }
            _ => return Ok(false),
        };
        done.map(|()| true).map_err(|e| self.explain(&e))
    }

    /// Does a step that somebody takes in a call; false when it is none.
    fn call_step(&mut self, words: &[&str]) -> Result<bool, String> {
        let names = self.names;
        let own = |name: &str| names.own(name);
        let done = match words {
            [who, "answers", call] => self.story.answer(&own(call), &self.dn(who, call)?),
            [who, "does", "not", "answer", call] => self.story.not_answered(&own(call), &self.dn(who, call)?, false),
            [who, "is", "busy", "in", call] => self.story.not_answered(&own(call), &self.dn(who, call)?, true),
            [who, "holds", call] => self.story.hold(&own(call), &self.dn(who, call)?),
            [who, "takes", call, "back"] => self.story.unhold(&own(call), &self.dn(who, call)?),
            [who, "listens", "to", agent, "in", call] => {
                self.story.observe(&own(call), &self.dn(who, call)?, &self.dn(agent, call)?)
            }
            [who, "leaves", call] => self.story.hang_up(&own(call), &self.dn(who, call)?),
            [who, "ends", call] => self.story.release(&own(call), &self.dn(who, call)?),
            [who, "transfers", call, "to", to] => {
                self.story.transfer_blindly(&own(call), &self.dn(who, call)?, at(&names.device(to)))
            }
            [who, "sets", key, "to", value, "in", call] => {
                self.story.set_data(&own(call), &self.dn(who, call)?, key, value)
            }
            [who, "calls", to, "as", call] => {
                let (dn, node) = self.seat(who)?;
                self.story.dial(node, &own(call), &dn, at(&names.device(to)))
            }
            _ => return Ok(false),
        };
        done.map(|()| true).map_err(|e| self.explain(&e))
    }

    /// Does a step of a call that no telephone makes, or of who is in charge of such calls; false when it is none.
    fn outbound_step(&mut self, words: &[&str]) -> Result<bool, String> {
        let names = self.names;
        let own = |name: &str| names.own(name);
        let done = match words {
            [point, "calls", customer, "as", call, "on", node] => {
                self.story.call_out(node_of(node)?, &own(call), (point, customer), None)
            }
            [point, "calls", customer, "as", call, "for", engaged] => {
                self.story.call_out(0, &own(call), (point, customer), Some(&own(engaged)))
            }
            [point, "engages", dn, "as", call, "on", node] => {
                self.story.engage(node_of(node)?, &own(call), (point, &names.device(dn)))
            }
            [call, "goes", "over", "to", into] => self.story.hand_over(&own(call), &own(into)),
            ["chain", chain, "tells", "of", attempt, "in", call, "with", result] => {
                self.story.record(&own(chain), &own(attempt), &own(call), result)
            }
            [who, "sends", key, "as", value, "in", call] => {
                self.story.send_data(&own(call), &self.dn(who, call)?, key, value)
            }
            _ => return Ok(false),
        };
        done.map(|()| true).map_err(|e| self.explain(&e))
    }

    /// Does a step of a consultation; false when it is none.
    fn consult_step(&mut self, words: &[&str]) -> Result<bool, String> {
        let names = self.names;
        let done = match words {
            [who, "consults", to, "as", call] => {
                let dn = self.seat(who)?.0;
                let main = self.story.call_of(&dn);
                main.and_then(|main| self.story.consult(&main, &names.own(call), &dn, at(&names.device(to))))
            }
            [who, "ends", "the", "consultation"] => self.story.retrieve(&self.seat(who)?.0),
            [who, "completes", "the", "transfer"] => self.story.complete_transfer(&self.seat(who)?.0),
            [who, "makes", "a", "conference"] => self.story.conference(&self.seat(who)?.0),
            _ => return Ok(false),
        };
        done.map(|()| true).map_err(|e| self.explain(&e))
    }

    /// Telephone and node of an agent.
    fn seat(&self, who: &str) -> Result<(String, usize), String> {
        let seat = self.seats.get(who).cloned();
        seat.ok_or_else(|| {
            format!("{who} is nobody who is logged in: write \"{who} logs in on 1001 at dc1-node1\" before")
        })
    }

    /// Number of who does something in a call: an agent's telephone, the customer's number, or a number as it is written.
    fn dn(&self, who: &str, call: &str) -> Result<String, String> {
        match who {
            CUSTOMER => self.story.outside(&self.names.own(call)).map_err(|e| self.explain(&e)),
            _ if who.starts_with(|c: char| c.is_ascii_digit()) => Ok(self.names.own(who)),
            _ if kind_of(who) != DnType::DN_TYPE_EXTENSION => Ok(who.to_owned()),
            _ => Ok(self.seat(who)?.0),
        }
    }

    /// What went wrong, in the names of the steps.
    fn explain(&self, why: &Impossible) -> String {
        why.to_string().replace(&self.names.own(""), "")
    }
}

/// A device by its number.
fn at(dn: &str) -> Device<'_> {
    // A telephone's number has the steps' name before it, which is no prefix of another kind.
    Device { dn, kind: kind_of(dn) }
}

fn node_of(name: &str) -> Result<usize, String> {
    let place = NODES.iter().position(|node| *node == name).or_else(|| (name == SERVER_NAME).then_some(SIP_SERVER));
    place.ok_or_else(|| format!("{name:?} is no node: there are {} and {SERVER_NAME}", NODES.join(", ")))
}

/// The words of a step; what stands in quotes is one.
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    for (place, part) in line.split('"').enumerate() {
        if place % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    if line.matches('"').count() % 2 == 1 { Err("a quote is opened and not closed".to_owned()) } else { Ok(words) }
}

/// `[hours:]minutes:seconds[.fraction]` as milliseconds.
///
/// # Errors
/// What is wrong, and what to write.
pub fn moment_ms(text: &str) -> Result<i64, String> {
    let failed =
        || format!("{text:?} is no moment: write minutes and seconds since the begin, such as 01:05 or 01:05.250");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let numbers: Option<Vec<i64>> = whole.split(':').map(|part| part.parse::<u32>().ok().map(i64::from)).collect();
    let seconds = match numbers.as_deref() {
        Some([minutes, seconds]) if *seconds < 60 => minutes * 60 + seconds,
        Some([hours, minutes, seconds]) if *seconds < 60 && *minutes < 60 => hours * 3_600 + minutes * 60 + seconds,
        _ => return Err(failed()),
    };
    let is_fraction = fraction.len() <= 3 && fraction.bytes().all(|digit| digit.is_ascii_digit());
    let fraction_ms = format!("{fraction:0<3}").parse::<i64>().ok().filter(|_| is_fraction).ok_or_else(failed)?;
    Ok(seconds * 1_000 + fraction_ms)
}

#[cfg(test)]
mod tests;
