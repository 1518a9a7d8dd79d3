"""What the market says was done to what is held, for users to accept or dismiss."""
