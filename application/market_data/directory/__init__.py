"""The directory of what is, or was, traded where, under which names."""
