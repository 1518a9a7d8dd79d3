"""Feeds: the RSS and Atom of any paper, at addresses that the settings name."""
