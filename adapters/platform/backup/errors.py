"""Why a backup or a restore does not take place."""


class BackupRefused(Exception):
    """It was not done, and nothing is left of it; the message is one line for the person who asked for it."""
