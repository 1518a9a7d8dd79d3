"""Yahoo Finance: quotes, bars, search and fundamentals of most of the world, unofficially and at best effort.

There is no contract and no key. Some calls need a cookie and a crumb, which are fetched as a browser would. Bars are
adjusted for splits, and come in single precision: seven digits are theirs.
"""
