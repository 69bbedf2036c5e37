"""Repositories made to do harm, as real git remotes, and a companion that meets each of them."""
