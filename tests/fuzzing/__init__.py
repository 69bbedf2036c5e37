"""Every parser of what others wrote, given bytes that find their way into all of its lines."""
