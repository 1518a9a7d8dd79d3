"""Runs `python -m entrypoints.cli`, which the command `tapedeck` of a checkout stands for."""

from entrypoints.cli.main import main

main()
