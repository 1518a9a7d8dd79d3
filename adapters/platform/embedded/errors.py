"""Why an embedded server does not start."""


class CannotStart(Exception):
    """An embedded server cannot be prepared or started; the message is one line for the person who started it."""
