"""The same histories through real git and the command, with a careless person's git in between."""
