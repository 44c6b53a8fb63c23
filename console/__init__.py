"""The console: the screens of the connector, rendered on the server. It is a client of the HTTP API and of nothing else."""
