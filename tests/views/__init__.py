"""What a person asks about a companion: status, log, diff, conflicts, verify; and rebuild."""
