"""Alpha Vantage: quotes, bars, search, fundamentals, movers and the earnings calendar, mostly of America.

All numbers are texts under numbered names, and errors come inside of a 200. Bars are as they were traded.
"""
