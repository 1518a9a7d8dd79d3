"""Reddit: what is posted where people talk about markets. It wants an app of its own for each who asks."""
