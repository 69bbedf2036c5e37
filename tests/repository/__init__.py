"""Tests of waifusync/repository against real git."""
