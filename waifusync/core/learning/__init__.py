"""What devices learn, as pure functions: each source's own words are kept, and all are shown as one."""
