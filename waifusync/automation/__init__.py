"""What runs without anybody asking: it knows when, and is handed what to do."""
