"""News and posts: gathered from all who have some, told apart, scored, kept and read."""
