"""The live database: one defined answer for everything a program may do to it."""
