"""The console: screens for people, rendered on the server. It is a client of the HTTP API and of nothing else."""
