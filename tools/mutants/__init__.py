"""Mutation tests: small faults are put into the package one at a time, and the unit tests must notice each."""
