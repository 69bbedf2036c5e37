"""The programs that git calls. Light: git starts one anew for each file that it merges."""
