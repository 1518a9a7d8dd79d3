"""Reads brokers' files and keeps imports in PostgreSQL. A format is a folder: recognise, parse, translate."""
