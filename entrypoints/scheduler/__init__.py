"""The process that fires cron entries and relays the outbox."""
