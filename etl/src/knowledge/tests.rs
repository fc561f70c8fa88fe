//! What is known, whatever of it is in memory.
