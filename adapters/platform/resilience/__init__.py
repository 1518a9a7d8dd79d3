"""How everything outside of this house is called: deadline, then retry, then circuit breaker, then one timed try.

One `Policy` per provider and capability, made by `Policies`, around any call that raises a `ProviderFailure` when it
fails. What goes over HTTP uses `adapters.platform.http_client.provider`, which puts the two together.
"""
