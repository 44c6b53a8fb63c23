"""Simulates Chorus Pro and PISTE: one HTTP process that behaves like the portal, so that a connector can be tested.

It does not depend on the connector, which only needs its base URL.

Start it with `server.SimulatorServer` (tests), `server.serve` (a process) or `app.create_app` (any ASGI server).
"""
