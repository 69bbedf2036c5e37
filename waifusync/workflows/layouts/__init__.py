"""The two layouts: which files a commit's tree holds, and how the next commit holds them.

Everything else works on log and vector files by path, in the layout `log` and in the layout `database` alike.
"""
