"""The console: the connector's screens, rendered on the server. It is a client of the HTTP API and of nothing else."""
