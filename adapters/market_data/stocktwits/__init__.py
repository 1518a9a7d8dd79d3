"""StockTwits: short posts about tickers, of which their authors may say whether they are bulls or bears."""
