"""What devices learn: taken in, kept, and shown; one file for each kind of thing."""
