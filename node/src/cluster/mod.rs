//! What a SIP Cluster is made of besides its calls: the processes that tell, in which term, and what they say that exists; who
//! owns which DN, and what those see who only look on.
//!
//! Knows the event model; does not know why things happen, nor how what is told travels.

pub mod cases;
pub mod contact_server;
pub mod faults;
pub mod interaction_proxy;
pub mod losses;
pub mod module;
pub mod pair;
pub mod picture;
pub mod plan;
pub mod processes;
pub mod script;
pub mod session_controller;
pub mod sip_server;
pub mod smart_proxy;
pub mod source_clock;
pub mod t_controller;
pub mod terms;
pub mod vq_server;
