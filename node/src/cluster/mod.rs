//! What a SIP Cluster is made of besides its calls: who owns which DN, and what those see who only look on.

pub mod cases;
pub mod script;
pub mod smart_proxy;
pub mod t_controller;
