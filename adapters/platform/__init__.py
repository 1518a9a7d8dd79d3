"""What every capability stands on: database, outbox, jobs, settings, clock."""
