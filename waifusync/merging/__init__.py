"""Files that are merged whole: databases, arrays, sessions. Base, ours, theirs, in this order."""
