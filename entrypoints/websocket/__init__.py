"""The stream: what is new, sent to whoever follows it, by WebSocket and as server-sent events.

`messages` is the protocol, `hub` decides who is told what, `fanout` feeds it from the bus, `endpoint` and `connection`
speak with one client. Nothing here knows the web framework.
"""
