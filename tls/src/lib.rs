//! Connections of the session protocol: plain TCP, or TLS with certificates from PEM files.
