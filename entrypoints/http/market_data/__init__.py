"""What the market says, over HTTP: the same for everybody who may read it."""
