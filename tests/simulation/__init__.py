"""Seeded histories of several devices, run through the production code and checked against the pure fold."""
