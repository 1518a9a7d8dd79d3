"""Keeps the processes of one machine running: starts them in order, restarts what dies, stops all of them in time."""
