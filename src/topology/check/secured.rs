//! TLS: who needs a certificate has one, and knows whose certificates to believe.

use super::{Fault, known, place};
use crate::topology::file::{Credentials, File, Port};
use crate::topology::source_name;

pub(super) fn faults(file: &File) -> Vec<Fault> {
    let mut faults = Vec::new();
    for credentials in &file.tls {
        if credentials.certificate.is_some() != credentials.key.is_some() {
            let why = "has only one of `certificate` and `key`: name both files, or neither";
            faults.push(Fault::new(place("tls", &credentials.name), why));
        }
    }
    for server in file.servers() {
        for port in &server.ports {
            if let Err(why) = port_fault(file, port) {
                faults.push(Fault::new(place("port", &source_name(server, port)), why));
            }
        }
    }
    faults.extend(collectors(file));
    faults
}

fn port_fault(file: &File, port: &Port) -> Result<(), String> {
    let Some(name) = &port.tls else {
        let needs =
            [("client_certificates", port.client_certificates), ("certificate_name", port.certificate_name.is_some())];
        return match needs.iter().find(|(_, is_set)| *is_set) {
            Some((key, _)) => {
                Err(format!("`{key}` is set, and the port speaks plain text: name a `tls` too, or remove it"))
            }
            None => Ok(()),
        };
    };
    let credentials = find(file, name)?;
    if credentials.certificate.is_none() {
        return Err(format!(
            "its tls {name} has no `certificate`, which a port must show: name certificate and key there"
        ));
    }
    if port.client_certificates && credentials.authority.is_none() {
        return Err(format!(
            "asks for client certificates, and its tls {name} has no `authority` to check them by: name it there"
        ));
    }
    port.certificate_name.as_deref().map_or(Ok(()), |name| {
        callmart_tls::check_certificate_name(name).map_err(|why| format!("`certificate_name`: {why}"))
    })
}

fn collectors(file: &File) -> Vec<Fault> {
    let mut faults = Vec::new();
    for collector in &file.collectors {
        let credentials = collector.tls.as_ref().map(|name| find(file, name));
        let place = place("collector", &collector.name);
        let credentials = match credentials.transpose() {
            Ok(found) => found,
            Err(why) => {
                faults.push(Fault::new(place, why));
                continue;
            }
        };
        for source in file.sources().filter(|source| collector.sources.contains(&source.name())) {
            let (name, port) = (source.name(), source.port);
            let why = match credentials {
                _ if port.tls.is_none() => continue,
                None => {
                    format!("listens to {name}, which speaks TLS: name a `tls` with the authority of its certificate")
                }
                Some(own) if own.authority.is_none() => {
                    format!(
                        "listens to {name}, which speaks TLS, and its tls {} has no `authority` to check that certificate by: name it there",
                        own.name
                    )
                }
                Some(own) if port.client_certificates && own.certificate.is_none() => {
                    format!(
                        "listens to {name}, which asks for client certificates, and its tls {} has none: name certificate and key there",
                        own.name
                    )
                }
                Some(_) => continue,
            };
            faults.push(Fault::new(&place, why));
        }
    }
    faults
}

fn find<'a>(file: &'a File, name: &str) -> Result<&'a Credentials, String> {
    let found = file.tls.iter().find(|credentials| credentials.name == name);
    found.ok_or_else(|| {
        format!("`tls` names {name}, which is not there: {}", known(file.tls.iter().map(|tls| tls.name.as_str())))
    })
}
