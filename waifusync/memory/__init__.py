"""The live database: its schema, what changed in it, and applying what others did."""
