//! The codes of the GIDB tables: numbers that Interaction Concentrator's documentation gives where it does, T-Library's where
//! columns hold those, and Callmart's own where neither is public. `g_dictionary` shows them.

use super::GDictionary;

/// Declares the codes of one dictionary: an enumeration whose numbers columns hold, and their rows.
macro_rules! codes {
    ($(#[doc = $doc:literal])+ $codes:ident = $dictionary:literal $what:literal { $($code:ident = $value:literal $name:literal),+ $(,)? }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs)] // the names are the domain's own
        pub enum $codes { $($code = $value),+ }

        impl $codes {
            fn rows() -> Vec<GDictionary> {
                vec![$( GDictionary {
                    r#type: $dictionary,
                    type_name: $what.to_owned(),
                    value: $value,
                    name: $name.to_owned(),
                } ),+]
            }
        }
    };
}

codes! {
    /// What changed of a call.
    CallChange = 1 "change of a call" {
        Created = 1 "call_created", Terminated = 2 "call_terminated", Merged = 3 "call_merged", Failed = 4 "call_trfailed",
    }
}
codes! {
    /// What changed of an interaction record.
    RecordChange = 3 "change of an interaction record" {
        Created = 1 "ir_created", Terminated = 2 "ir_terminated", Merged = 3 "ir_merged",
    }
}
codes! {
    /// State of a party; the numbers follow the order of the local connection states.
    LegState = 8 "state of a party" {
        Null = 0 "null", Initiated = 1 "initiated", Alerting = 2 "alerting", Connected = 3 "connected", Hold = 4 "hold",
        Queued = 5 "queued", Fail = 6 "fail",
    }
}
codes! {
    /// Whether a party is a DN of the switch.
    LegType = 9 "type of a party" { Unknown = 0 "unknown", Internal = 1 "internal", External = 2 "external" }
}
codes! {
    /// Part of a party in its call, as T-Library numbers it.
    LegRole = 10 "role of a party" {
        Unknown = 0 "unknown", Origination = 1 "origination", Destination = 2 "destination",
        ConferenceMember = 3 "conference member", Observer = 10 "observer",
    }
}
codes! {
    /// How a party came from its parent.
    ParentLink = 11 "link to the parent of a party" {
        None = 0 "none", Distributed = 1 "distributed", Dialled = 2 "dialled", Transferred = 3 "transferred",
        Conferenced = 4 "conferenced", Observes = 5 "observes",
    }
}
codes! {
    /// How a call was merged into another.
    Merge = 30 "merge of a call" { Transfer = 1 "transfer", Conference = 2 "conference" }
}
codes! {
    /// What a call is to the contact center, as T-Library numbers it.
    CallKind = 1001 "type of a call" {
        Unknown = 0 "unknown", Internal = 1 "internal", Inbound = 2 "inbound", Outbound = 3 "outbound", Consult = 4 "consult",
    }
}
codes! {
    /// What changed of a party.
    LegChange = 1002 "change of a party" {
        Created = 1 "party_created", Terminated = 2 "party_terminated", StateChanged = 3 "party_statechanged",
    }
}
codes! {
    /// Why a party changed.
    LegCause = 1003 "cause of a party's change" {
        Unknown = 0 "unknown", Originated = 1 "originated", Delivered = 2 "delivered", Queued = 3 "queued",
        Established = 4 "established", Held = 5 "held", Retrieved = 6 "retrieved", Diverted = 7 "diverted",
        Transferred = 8 "transferred", Conferenced = 9 "conferenced", Released = 10 "released", Abandoned = 11 "abandoned",
        Redirected = 12 "redirected", Failed = 13 "failed", Busy = 14 "busy",
    }
}
codes! {
    /// What changed of a key of user data.
    DataChange = 1004 "change of user data" {
        Created = 1 "created", Added = 2 "added", Updated = 3 "updated", Deleted = 4 "deleted",
    }
}
codes! {
    /// Where in an event a key stood.
    DataSource = 1005 "source of user data" { UserData = 0 "userdata", Reasons = 1 "reasons", Extensions = 2 "extensions" }
}
codes! {
    /// How a pass through a virtual queue ended.
    PassStatus = 1006 "status of a virtual-queue pass" {
        Diverted = 1 "diverted", Abandoned = 2 "abandoned", Cleared = 3 "cleared", Stuck = 4 "stuck",
    }
}
codes! {
    /// Whether a login session goes on.
    SessionState = 1007 "state of a login session" { Open = 1 "open", Closed = 2 "closed" }
}
codes! {
    /// What an agent does.
    AgentCode = 1008 "state of an agent" {
        Null = 0 "null", Login = 1 "login", NotReady = 2 "notready", Ready = 3 "ready", AfterCallWork = 4 "acw", Busy = 5 "busy",
    }
}
codes! {
    /// What changed of an agent.
    AgentChange = 1009 "change of an agent's state" {
        State = 5 "state", PendingState = 6 "pending_state", WorkMode = 7 "work_mode", CallConnected = 8 "call_connected",
        CallLeft = 9 "call_left",
    }
}
codes! {
    /// What an agent said of the work, as T-Library numbers it.
    WorkModeCode = 1010 "work mode" {
        Unknown = 0 "unknown", ManualIn = 1 "manual-in", AutoIn = 2 "auto-in", AfterCallWork = 3 "after-call work",
        AuxWork = 4 "auxiliary work", NoCallDisconnect = 5 "no call disconnect", WalkAway = 6 "walk away",
        ReturnBack = 7 "return back",
    }
}
codes! {
    /// Kind of a DN, as configurations number it.
    EndpointType = 1011 "type of a DN" {
        Unknown = 0 "unknown or outside", Extension = 1 "extension", AcdPosition = 2 "ACD position", AcdQueue = 3 "ACD queue",
        RoutingPoint = 4 "routing point", VirtualQueue = 5 "virtual queue", VoiceTreatmentPort = 7 "voice treatment port",
        VoiceMail = 8 "voicemail box",
        Trunk = 14 "trunk",
    }
}
codes! {
    /// How a call was routed, as T-Library numbers it.
    RouteType = 1012 "type of a route" {
        Unknown = 0 "unknown", Default = 1 "default", Label = 2 "label", OverwriteDnis = 3 "overwrite DNIS", Ddd = 4 "DDD",
        Iddd = 5 "IDDD", Direct = 6 "direct", Reject = 7 "reject", Announcement = 8 "announcement",
        PostFeature = 9 "post feature", DirectAgent = 10 "direct agent", Priority = 11 "priority",
        DirectPriority = 12 "direct priority", AgentId = 13 "agent id", CallDisconnect = 14 "call disconnect",
    }
}
codes! {
    /// Whether do-not-disturb is on.
    DndState = 1013 "do-not-disturb" { Off = 0 "off", On = 1 "on" }
}

/// The rows of `g_dictionary`.
#[must_use]
pub fn dictionary() -> Vec<GDictionary> {
    [
        CallChange::rows(),
        RecordChange::rows(),
        LegState::rows(),
        LegType::rows(),
        LegRole::rows(),
        ParentLink::rows(),
        Merge::rows(),
        CallKind::rows(),
        LegChange::rows(),
        LegCause::rows(),
        DataChange::rows(),
        DataSource::rows(),
        PassStatus::rows(),
        SessionState::rows(),
        AgentCode::rows(),
        AgentChange::rows(),
        WorkModeCode::rows(),
        EndpointType::rows(),
        RouteType::rows(),
        DndState::rows(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_one_name_and_the_documented_numbers_are_golden() {
        let rows = dictionary();
        let keys: BTreeSet<(i32, i32)> = rows.iter().map(|row| (row.r#type, row.value)).collect();
        assert_eq!(keys.len(), rows.len());
        let name = |dictionary: i32, value: i32| {
            let row = rows.iter().find(|row| (row.r#type, row.value) == (dictionary, value)).expect("a row");
            row.name.clone()
        };
        assert_eq!((name(1, 3), name(3, 2)), ("call_merged".to_owned(), "ir_terminated".to_owned()));
        assert_eq!((name(9, 2), name(10, 10)), ("external".to_owned(), "observer".to_owned()));
        assert_eq!((name(1002, 3), name(1008, 4)), ("party_statechanged".to_owned(), "acw".to_owned()));
        assert_eq!((name(1009, 5), name(1009, 6)), ("state".to_owned(), "pending_state".to_owned()));
        assert_eq!((name(1001, 4), name(1011, 4)), ("consult".to_owned(), "routing point".to_owned()));
    }
}
