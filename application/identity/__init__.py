"""What people do with their identity: register, sign in, end sessions, change their profile."""
