"""The operations below `/auth` and `/users/me`."""
