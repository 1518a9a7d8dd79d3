"""The page `/live` as the browser gets it: no build step, nothing from elsewhere. `entrypoints.http.web` serves it."""
