"""The file as text: a new one, and one with another layout."""

from __future__ import annotations

from waifusync.config.choices import Layout
from waifusync.config.mistakes import line_of
from waifusync.config.reading import parse


def render_default(companion: str, layout: Layout = Layout.LOG) -> str:
    """A waifusync.toml for a new companion, with every key in it and a line about each."""
    return f"""\
# What this companion's devices agree on. Shared by all of them: change it on one, then push.
companion = "{companion}"

# What git keeps: log (files that only grow) or database (memory.db itself). To change it: waifusync layout
layout = "{layout.value}"

# Tables of memory.db that stay on the device they are on.
exclude = []

# Tables whose rows are merged whole, not field by field.
atomic = []

# How long to wait for the remote before saying that it could not be reached.
remote_timeout_seconds = 120

# Columns that hold embeddings, and the column beside each that names the model ("" where there is none).
[vectors]
"memories.embeddings" = "model_used"

# Columns that point at another table's rows without a foreign key that says so.
[references]
# "facts.memory" = "memories.id"

# Two edits of one field that had not seen each other: latest_wins, weighted_merge or manual_review.
[conflicts]
default = "latest_wins"

# The same for single tables and fields.
[conflicts.tables]
# "memories.facts_extracted" = "manual_review"

# For `waifusync ask`: from which score on the strong device is asked first, and how long each may take.
[ask]
threshold = 0.3
connect_seconds = 3
first_seconds = 60
seconds = 600

# The size of the context that a model is given, in tokens.
num_ctx = 4096

# Networks in which a question may travel without encryption, such as "192.168.1.0/24".
trusted_networks = []

# For `waifusync embed`: the model ("" needs none), the device that computes ("" is any), texts a request.
[embed]
model = ""
device = ""
batch = 32

# What looks like a key, a token or a password, before it leaves a device: ask, redact, refuse or allow.
# Besides, "email", "phone" and "card" can be redacted on their way.
[safety]
secrets = "ask"
redact = []

# How much of what one device adapts to the others share, from 0 to 1.
[personality]
adaptation_rate = 0.1

# What several devices learned: a skill's level is their max, average or weighted (by use and recency). What
# is known counts as verified from this confidence on or, from 1 on, from so many independent sources.
[learning]
skill_aggregation = "weighted"
knowledge_verification_threshold = 0.8

# Whether each sync compares the memories that are new, and links those that say the same.
memory_deduplication = false
"""


def with_layout(text: str, layout: Layout) -> str:
    """The same file with another layout, and nothing else changed. Raises ConfigError."""
    line = f'layout = "{layout.value}"'
    lines = text.splitlines()
    place = line_of(text, ("layout",))
    if place is not None:
        lines[place - 1] = line
    else:
        lines.insert(line_of(text, ("companion",)) or 0, line)
    changed = "\n".join(lines) + "\n"
    parse(changed)
    return changed
