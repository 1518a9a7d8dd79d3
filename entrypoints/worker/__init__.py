"""The process that carries out reactions to events."""
