"""A stand-in for Chorus Pro and PISTE: one HTTP process that behaves like the portal, so that a connector can be proved
without it. It knows nothing of the connector; a connector knows nothing of it but a base URL.

Start with `server.SimulatorServer` (tests), `server.serve` (a process) or `app.create_app` (any ASGI server).
"""
