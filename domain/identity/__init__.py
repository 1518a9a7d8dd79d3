"""Users, organisations, credentials and sessions, and the rules that bind them."""
